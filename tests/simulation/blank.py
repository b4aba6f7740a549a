"""Books in which nothing has happened but funding: made once, copied for each seed."""

from pathlib import Path
from typing import Final

from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.domain.money import Money
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.settings import Settings
from cross.storage.sqlite import SqliteStore, in_line
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch.funding import fund_float, fund_merchant
from cross.switch.keys import SCOPES, hash_of
from tests.simulation.loop import SimulatedLoop
from tests.simulation.swarm import stream
from tests.simulation.workload import SECRET

MERCHANT: Final = "mer_01SIMULATEDMERCHANT0000000"
HOUSE: Final = {True: 6_000, False: 1_000_000}
DEPOSIT: Final = {True: 4_000, False: 500_000}
"""What each float holds of the house's and of the merchant's, in a poor world and in a rich one."""


def float_at_start(*, poor: bool) -> int:
    """What the books, and so the operators, say that a float holds."""
    return HOUSE[poor] + DEPOSIT[poor]


def make_blank_books(path: Path, settings: Settings, *, poor: bool) -> None:
    """Funded books, a merchant and its key."""
    loop = SimulatedLoop(stream(0, "blank"), in_turn=True)
    store = SqliteStore(path, clock=loop.clock, writer=in_line, reader=in_line, synchronous="OFF")
    around = Surroundings(loop.clock, stream(0, "ids").getrandbits, _NoWay(), store)
    try:
        loop.run_until_complete(_furnish(settings, around, poor=poor))
    finally:
        loop.dispose()


async def _furnish(settings: Settings, around: Surroundings, *, poor: bool) -> None:
    switch, worker = await open_switch(settings, around)
    now = switch.clock()
    key = ApiKeyRow(
        "key_simulation",
        MERCHANT,
        livemode=False,
        secret_hash=hash_of(SECRET),
        scopes=SCOPES,
        at=now,
    )
    await switch.store.add_merchant(MerchantRow(MERCHANT, "Boutique", now), key)
    for name in switch.operators:
        currency = switch.profile(name).currency
        house, deposit = Money(HOUSE[poor], currency), Money(DEPOSIT[poor], currency)
        await fund_float(switch, name, house, name="start")
        await fund_merchant(switch, MERCHANT, name, deposit, name="start")
    await close_switch(switch, worker)


class _NoWay:
    async def send(self, request: HttpRequest) -> HttpResponse:
        raise NoAnswer(f"nothing is called while books are made: {request.url}", sent=False)
