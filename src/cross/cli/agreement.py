"""Whether the books of Cross agree with what the operators did, to the smallest unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross.cli.calls import Calls
from cross.cli.legs import LegLine, legs_of
from cross.cli.screen import money
from cross.cli.starting import Sandbox
from cross.domain.accounts import AccountKind
from cross.domain.ids import operator_reference
from cross.domain.leg import LegKind
from cross.storage import ledger as stored
from cross.storage.ledger import AccountBalance, StoredEntry
from cross.storage.store import Reader

NOTHING: Final = "0"


@dataclass(frozen=True, slots=True)
class Wallet:
    """A phone's money at one operator; the number without its plus sign."""

    operator: str
    msisdn: str


@dataclass(frozen=True, slots=True)
class Sight:
    """All that was held at one moment: at the operators, by their word, and in our ledger."""

    wallets: Mapping[Wallet, int]
    floats: Mapping[str, int]
    totals: Mapping[str, int]
    accounts: tuple[AccountBalance, ...]

    def booked(self, account: str) -> int:
        """What the ledger says of an account, in its natural direction."""
        return sum(line.natural for line in self.accounts if line.account.name == account)


@dataclass(frozen=True, slots=True)
class Check:
    """Two figures that must be the same: what was expected or an operator says, and ours."""

    what: str
    of: str
    theirs: int | str
    ours: int | str

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return self.theirs == self.ours


async def look(sandbox: Sandbox, wallets: Sequence[Wallet]) -> Sight:
    """What there is now; a wallet that nobody has used yet is opened."""
    held: dict[Wallet, int] = {}
    for wallet in wallets:
        place = f"/control/wallets/{wallet.operator}/{wallet.msisdn}"
        held[wallet] = (await sandbox.simulators.put(place, {}))["balance"]
    totals = await sandbox.simulators.get("/control/totals")
    return Sight(
        held,
        {name: of["float"] for name, of in totals.items()},
        {name: of["total"] for name, of in totals.items()},
        tuple(await stored.balances(sandbox.switch.store)),
    )


async def compare(
    simulators: Calls,
    movement: Mapping[str, Any],
    before: Sight,
    after: Sight,
    *,
    payer: Wallet | None = None,
) -> list[Check]:
    """What a movement did at the operators against what Cross says that it did.

    `payer` is the wallet that was named on an operator's page, of which Cross knows nothing.
    """
    legs = legs_of(movement)
    checks = [await _journal(simulators, movement["id"], leg) for leg in legs]
    for wallet, held in after.wallets.items():
        moved = sum(_effect(leg) for leg in legs if _wallet_of(leg, payer) == wallet)
        if any(_wallet_of(leg, payer) == wallet for leg in legs):
            checks.append(Check("wallet", wallet.operator, held, before.wallets[wallet] + moved))
    return [*checks, *_standing(after, before)]


def _standing(after: Sight, before: Sight) -> list[Check]:
    """What holds at any moment when nothing is under way."""
    floats = [
        Check("float", name, held, after.booked(f"float:{name}"))
        for name, held in after.floats.items()
    ]
    totals = [
        Check("all_money", name, before.totals[name], held) for name, held in after.totals.items()
    ]
    return [*floats, *totals, *trial_balance(after.accounts)]


def trial_balance(accounts: Sequence[AccountBalance]) -> list[Check]:
    """Debits against credits, over all accounts of a currency (I-01)."""
    currencies = sorted({line.account.currency.code for line in accounts})
    return [
        Check(
            "trial_balance",
            code,
            sum(max(line.debit_balance, 0) for line in accounts if _in(line, code)),
            sum(max(-line.debit_balance, 0) for line in accounts if _in(line, code)),
        )
        for code in currencies
    ]


def balances_of(entries: Sequence[StoredEntry]) -> list[Check]:
    """Debits against credits of every entry."""
    return [
        Check(
            "entry",
            f"{entry.number} {entry.cause}",
            sum(line.amount for line in entry.lines if line.amount > 0),
            -sum(line.amount for line in entry.lines if line.amount < 0),
        )
        for entry in entries
    ]


async def verify(reader: Reader) -> list[Check]:
    """The whole ledger: every entry balances (I-01), every balance is its postings' sum (I-33)."""
    unbalanced = await stored.unbalanced(reader)
    drifted = await stored.drifted(reader)
    return [
        Check("unbalanced", "I-01", NOTHING, ", ".join(map(str, unbalanced)) or NOTHING),
        Check("drifted", "I-33", NOTHING, ", ".join(drifted) or NOTHING),
    ]


async def effects(simulators: Calls, done: Mapping[str, int]) -> list[Check]:
    """How many movements each operator made in all, against the legs that succeeded there."""
    made = (await simulators.get("/control/journal"))["data"]
    return [
        Check("effects", name, sum(one["operator"] == name for one in made), legs)
        for name, legs in done.items()
    ]


async def _journal(simulators: Calls, movement_id: str, leg: LegLine) -> Check:
    """One effect for a leg that succeeded, none for any other (I-04)."""
    reference = operator_reference(movement_id, leg.kind)
    query = {"operator": leg.operator, "reference": reference}
    made = (await simulators.get("/control/journal", query))["data"]
    ours = money(leg.amount, leg.currency) if leg.status == "succeeded" else NOTHING
    theirs = [
        money(one["amount"], one["currency"])
        + ("" if leg.msisdn in (None, f"+{one['msisdn']}") else f" ({one['msisdn']})")
        for one in made
    ]
    return Check(f"journal_{leg.kind}", leg.operator, ", ".join(theirs) or NOTHING, ours)


def _wallet_of(leg: LegLine, payer: Wallet | None) -> Wallet | None:
    if leg.msisdn is None:
        return payer
    return Wallet(leg.operator, leg.msisdn.removeprefix("+"))


def _effect(leg: LegLine) -> int:
    if leg.status != "succeeded":
        return 0
    return -leg.amount if leg.kind is LegKind.DEBIT else leg.amount


def _in(line: AccountBalance, currency: str) -> bool:
    memorandum = line.account.kind is AccountKind.MEMORANDUM
    return line.account.currency.code == currency and not memorandum
