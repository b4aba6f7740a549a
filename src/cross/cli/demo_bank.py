"""The sandbox's demo bank: a partner on the MBANKING gateway, its float funded, called back."""

import hmac
from typing import Any, Final

from cross.cli.calls import Calls
from cross.domain.money import Money
from cross.storage import partners as stored
from cross.switch import partners
from cross.switch.partners import Deposit
from cross.switch.switch import Switch

USERNAME: Final = "banque-demo"
MERCHANTID: Final = "1000000000000042"
NUMBER: Final = "1042"
NAME: Final = "BANQUE DEMO"
BOOKED_AS: Final = "sandbox"
WHO: Final = "sandbox"


def password_of(secret: str) -> str:
    """The demo bank's password: the same for one folder, of no use anywhere else."""
    return f"demo-{hmac.new(secret.encode(), b'demo bank', 'sha256').hexdigest()[:24]}"


def credentials(secret: str) -> dict[str, Any]:
    """What a bank's program needs (sandbox.md section 1)."""
    return {
        "username": USERNAME,
        "password": password_of(secret),
        "merchantid": MERCHANTID,
    }


async def register(switch: Switch, simulators: Calls, *, secret: str) -> None:
    """The bank, made once; its callbacks go to the simulators of today."""
    url = f"{simulators.url}/bank/callbacks"
    found = await stored.by_username(switch.store, USERNAME)
    if found is not None:
        await partners.change(switch, found, {"callback_url": url}, who=WHO)
        return
    fields = {
        "name": NAME,
        "number": NUMBER,
        "username": USERNAME,
        "merchantid": MERCHANTID,
        "callback_url": url,
    }
    await partners.open_partner(switch, fields, password=password_of(secret), who=WHO)


async def fund(switch: Switch, operator: str, money: Money) -> None:
    """What the bank paid into the float at an operator, once."""
    partner = await partners.find(switch, USERNAME)
    await partners.fund(switch, partner, Deposit(operator, money, BOOKED_AS), who=WHO)
