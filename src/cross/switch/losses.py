"""An operator that paid what by its word it had not, after its payer had his money back (F-O05).

It had refused it, or not found it twice after its settling window (F-N03). Money of the house is
lost, and nothing else that it says was not done can be believed until somebody has understood why:
a safety stop is placed there, once for each such loss, also where the process that booked it died
before it could.
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
                said = f"movement {loss.movement}: not paid by its word, given back, and paid"
                await stops.place(switch, Finding(loss.operator, PAID_AFTER_REFUSAL, said))
