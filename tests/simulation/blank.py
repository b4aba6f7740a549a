"""Books in which nothing has happened but funding: made once, copied for each seed.

In them are two merchants, each with a webhook endpoint, and a partner bank with a float.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from argon2 import PasswordHasher

from cross import passwords
from cross.bootstrap import Surroundings, close_switch, open_switch
from cross.domain.money import XOF, Money
from cross.domain.webhook import EndpointTerms
from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.sealing import new_master_key_line
from cross.settings import Settings
from cross.storage.sqlite import SqliteStore, in_line
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch import partners, webhooks
from cross.switch.funding import fund_float, fund_merchant
from cross.switch.keys import SCOPES, hash_of
from cross.switch.partners import Deposit
from cross.switch.switch import Switch
from tests.simulation.bank import BANK, MERCHANTID, PASSWORD, USERNAME
from tests.simulation.loop import SimulatedLoop
from tests.simulation.swarm import stream
from tests.simulation.workload import SECRET, SECRET_OF_OTHER

MERCHANT: Final = "mer_01SIMULATEDMERCHANT0000000"
OTHER: Final = "mer_01SIMULATEDMERCHANT0000001"
SECRETS: Final = {MERCHANT: SECRET, OTHER: SECRET_OF_OTHER}
SHOPS: Final = {MERCHANT: "http://shop-one", OTHER: "http://shop-two"}

HOUSE: Final = {True: 6_000, False: 1_000_000}
DEPOSIT: Final = {True: 4_000, False: 500_000}
BANKS: Final = {True: 3_000, False: 100_000}
BANKED_AT: Final = ("tmoney", "flooz")
"""What each float holds of the house's, each merchant's and the bank's: poor world or rich."""


@dataclass(frozen=True, slots=True)
class Blank:
    """Books to copy; `signing` are the secrets that webhooks are signed with, by merchant."""

    path: Path
    signing: dict[str, str]


def float_at_start(operator: str, *, poor: bool) -> int:
    """What the books, and so the operators, say that a float holds."""
    banks = BANKS[poor] if operator in BANKED_AT else 0
    return HOUSE[poor] + len(SECRETS) * DEPOSIT[poor] + banks


def master_key_in(folder: Path) -> Path:
    """A file with a master key, always the same."""
    file = folder / "master.key"
    file.touch(mode=0o600)
    file.write_text(new_master_key_line("first", random_bits=stream(0, "master").getrandbits))
    return file


def make_blank_books(path: Path, settings: Settings, *, poor: bool) -> Blank:
    """Funded books, merchants with keys and endpoints, a bank."""
    loop = SimulatedLoop(stream(0, "blank"), in_turn=True)
    store = SqliteStore(path, clock=loop.clock, writer=in_line, reader=in_line, synchronous="OFF")
    around = Surroundings(loop.clock, stream(0, "ids").getrandbits, _NoWay(), store)
    try:
        signing = loop.run_until_complete(_furnish(settings, around, poor=poor))
    finally:
        loop.dispose()
    return Blank(path, signing)


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Within it passwords are hashed badly: it is not their strength that is tried here."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with patch.object(passwords, "_HASHER", weak):
        yield


async def at_once(function: Callable[..., Any], /, *given: Any) -> Any:
    """What production does in a thread, done in place."""
    return function(*given)


def without_threads(switch: Switch) -> None:
    """From now on the switch does in place what it does in threads."""
    switch.aside = at_once
    switch.passwords = passwords.Passwords(at_once)


async def _furnish(settings: Settings, around: Surroundings, *, poor: bool) -> dict[str, str]:
    switch, worker = await open_switch(settings, around)
    without_threads(switch)
    for name in switch.operators:
        currency = switch.profile(name).currency
        await fund_float(switch, name, Money(HOUSE[poor], currency), name="start")
    signing = {
        merchant: await _merchant(switch, merchant, number, poor=poor)
        for number, merchant in enumerate(SECRETS)
    }
    await _bank(switch, poor=poor)
    await close_switch(switch, worker)
    return signing


async def _merchant(switch: Switch, merchant: str, number: int, *, poor: bool) -> str:
    now = switch.clock()
    key = ApiKeyRow(
        f"key_simulation{number}",
        merchant,
        livemode=False,
        secret_hash=hash_of(SECRETS[merchant]),
        scopes=SCOPES,
        at=now,
    )
    await switch.store.add_merchant(MerchantRow(merchant, f"Boutique {number}", now), key)
    for name in switch.operators:
        deposit = Money(DEPOSIT[poor], switch.profile(name).currency)
        await fund_merchant(switch, merchant, name, deposit, name="start")
    terms = EndpointTerms(f"{SHOPS[merchant]}/hooks")
    _, secret = await webhooks.open_endpoint(switch, terms, merchant=merchant, livemode=False)
    return secret


async def _bank(switch: Switch, *, poor: bool) -> None:
    fields = {
        "name": "Banque",
        "number": "77",
        "username": USERNAME,
        "merchantid": MERCHANTID,
        "callback_url": f"{BANK}/callbacks",
    }
    with quick_passwords():
        bank = await partners.open_partner(switch, fields, password=PASSWORD, who="simulation")
    for name in BANKED_AT:
        deposit = Deposit(name, Money(BANKS[poor], XOF), "start")
        await partners.fund(switch, bank, deposit, who="simulation")


class _NoWay:
    async def send(self, request: HttpRequest) -> HttpResponse:
        raise NoAnswer(f"nothing is called while books are made: {request.url}", sent=False)
