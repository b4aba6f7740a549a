"""An operator that paid what it had refused, after its payer had his money back (F-O05).

Money of the house is lost, and no other refusal of that operator can be believed until somebody
has understood why: a safety stop is placed there, once for each such loss, also where the process
that booked it died before it could.
"""

from cross.domain import accounts
from cross.domain.stop import PAID_AFTER_REFUSAL
from cross.storage import losses as stored
from cross.switch import stops
from cross.switch.stops import Finding
from cross.switch.switch import Switch


async def look(switch: Switch) -> None:
    """Stops the operators of losses that nobody was stopped for; raises `StoreUnavailable`."""
    currencies = dict.fromkeys(profile.currency for profile in switch.profiles.values())
    for currency in currencies:
        for loss in await stored.untold(switch.store, accounts.loss(currency).name):
            if loss.operator in switch.profiles:
                said = f"movement {loss.movement}: refused, given back, and paid all the same"
                await stops.place(switch, Finding(loss.operator, PAID_AFTER_REFUSAL, said))
