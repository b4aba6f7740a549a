"""Short ways to ask the switch for a movement, each under a key of its own."""

from itertools import count

from cross.domain.money import Money, xof
from cross.domain.movement import Movement, Terms
from cross.domain.quote import WalletAt
from cross.switch import collections, payouts, quotes, refunds, transfers
from cross.switch.collections import Payer
from cross.switch.movements import Request
from cross.switch.quotes import Wish
from cross.switch.switch import Switch
from tests.world import MERCHANT

AMOUNT = xof(5_000)
_numbers = count(1)


def request(key: str | None = None) -> Request:
    """A request of the merchant's, new unless a key is given."""
    return Request(MERCHANT, livemode=False, key=key or f"key-{next(_numbers)}", digest="same")


async def transfer(
    switch: Switch, source: WalletAt, destination: WalletAt, amount: Money = AMOUNT
) -> Movement:
    """A transfer of which the recipient gets the amount."""
    wish = Wish(source, destination, amount)
    quote = quotes.draw_up(switch, wish, merchant=MERCHANT, livemode=False)
    return (await transfers.open_transfer(switch, quote, Terms(), request())).movement


async def collection(switch: Switch, payer: WalletAt, amount: Money = AMOUNT) -> Movement:
    """A collection."""
    asked = Payer(payer.operator, payer.msisdn)
    opened = await collections.open_collection(switch, asked, amount, Terms(), request())
    return opened.movement


async def payout(switch: Switch, payee: WalletAt, amount: Money = AMOUNT) -> Movement:
    """A payout."""
    return (await payouts.open_payout(switch, payee, amount, Terms(), request())).movement


async def refund(switch: Switch, collection_id: str, amount: Money | None = None) -> Movement:
    """A refund of a collection, of all of it unless an amount is given."""
    opened = await refunds.open_refund(switch, collection_id, amount, Terms(), request())
    return opened.movement
