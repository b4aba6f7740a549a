"""What is wrong with a batch before anything of it is paid, and what it needs: the preview."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from cross.domain import accounts
from cross.domain.batch import Line, Problem
from cross.domain.changed import changed
from cross.domain.errors import CrossError, ReferenceAlreadyUsed
from cross.domain.money import CURRENCIES, Money, currency_named
from cross.domain.movement import MovementKind
from cross.domain.quote import Fixed, WalletAt, price_of
from cross.storage import batches as stored
from cross.storage import ledger
from cross.switch.prices import (
    require_currency,
    require_pay_out,
    require_within_limits,
    wallet_at,
)
from cross.switch.switch import Switch
from cross.switch.views import wallet_warnings

LATELY: Final = timedelta(hours=24)
"""What was paid to the same wallet in the same amount so lately is told: perhaps a second time."""

PROBLEMS_MAX: Final = 1_000
"""Of a preview: a line may have several."""

_ASKED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """Lines with their problems in them, and warnings by line, which stop nothing."""

    lines: tuple[Line, ...]
    warnings: tuple[tuple[int, Problem], ...]

    @property
    def valid(self) -> Sequence[Line]:
        """Those that would be paid."""
        return [line for line in self.lines if line.problem is None]


async def check(switch: Switch, lines: Iterable[Line], *, merchant: str) -> Checked:
    """Every line read as a payout would be; duplicates found in the batch and before it."""
    read = [_read(switch, line) for line in lines]
    warnings = _prefixes(switch, read)
    read = _references_once(read)
    used = await _used(switch, read, merchant=merchant)
    read = [_refused_where_used(line, used) for line in read]
    warnings += _twice(read)
    lately = await _lately(switch, read, merchant=merchant)
    warnings += [
        (line.number, Problem("duplicate_payment", "paid within 24 hours: the same", "msisdn"))
        for line in read
        if line.problem is None and _what(line) in lately
    ]
    return Checked(tuple(read), tuple(sorted(warnings, key=lambda one: (one[0], one[1].code))))


async def preview_of(switch: Switch, checked: Checked, *, merchant: str) -> Mapping[str, Any]:
    """The preview as a merchant gets it; money per currency and per operator."""
    needed: Counter[tuple[str, str]] = Counter()
    amounts: Counter[str] = Counter()
    fees: Counter[str] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    now = switch.clock()
    for line in checked.valid:
        money = _money(line)
        schedule = switch.schedule_for(MovementKind.PAYOUT, money.currency, now, merchant=merchant)
        fee = price_of(money, fixed=Fixed.CREDIT, schedule=schedule).fee.charged
        needed[line.operator, line.currency] += money.amount
        counts[line.operator, line.currency] += 1
        amounts[line.currency] += money.amount
        fees[line.currency] += fee.amount
    held = {one.account: one.natural for one in await ledger.balances(switch.store)}
    problems = [
        _problem_view(line.number, "error", line.problem) for line in checked.lines if line.problem
    ] + [_problem_view(number, "warning", problem) for number, problem in checked.warnings]
    return {
        "lines": len(checked.lines),
        "valid": len(checked.valid),
        "invalid": len(checked.lines) - len(checked.valid),
        "totals": [
            _total(code, amounts[code], fees[code], held, merchant) for code in sorted(amounts)
        ],
        "operators": [
            _float(name, code, needed[name, code], counts[name, code], held)
            for name, code in sorted(needed)
        ],
        "problems": sorted(problems, key=lambda one: (one["line"], one["level"], one["code"]))[
            :PROBLEMS_MAX
        ],
    }


def wallet_of(switch: Switch, line: Line) -> WalletAt:
    """The wallet that a line names; raises as `wallet_at`."""
    return wallet_at(switch, line.operator, line.msisdn, side="")


def _read(switch: Switch, line: Line) -> Line:
    if line.problem is not None or line.amount is None:
        return line
    try:
        wallet = wallet_of(switch, line)
        profile = switch.profile(wallet.operator)
        money = Money(line.amount, currency_named(line.currency or profile.currency.code))
        require_pay_out(profile, param="operator")
        require_currency(profile, money.currency)
        require_within_limits(profile, money)
    except CrossError as refusal:
        return changed(line, problem=_problem(refusal))
    return changed(line, msisdn=wallet.msisdn.e164, currency=money.currency.code)


def _prefixes(switch: Switch, lines: Iterable[Line]) -> list[tuple[int, Problem]]:
    return [
        (line.number, Problem(said["code"], said["message"], "msisdn"))
        for line in lines
        if line.problem is None
        for said in wallet_warnings(wallet_of(switch, line), switch.profiles)
    ]


def _references_once(lines: Iterable[Line]) -> list[Line]:
    """The first line keeps a reference; another with the same one is refused."""
    first: dict[str, int] = {}
    found = []
    for line in lines:
        kept = line
        if line.problem is None and line.reference is not None:
            number = first.setdefault(line.reference, line.number)
            if number != line.number:
                said = f"the reference of line {number}"
                problem = Problem(ReferenceAlreadyUsed.code, said, "reference")
                kept = changed(line, problem=problem)
        found.append(kept)
    return found


async def _used(switch: Switch, lines: Sequence[Line], *, merchant: str) -> Mapping[str, str]:
    named = [line.reference for line in lines if line.problem is None and line.reference]
    found: dict[str, str] = {}
    for start in range(0, len(named), _ASKED_AT_ONCE):
        some = named[start : start + _ASKED_AT_ONCE]
        found |= await stored.references_used(switch.store, some, merchant=merchant)
    return found


def _refused_where_used(line: Line, used: Mapping[str, str]) -> Line:
    if line.problem is not None or line.reference is None or line.reference not in used:
        return line
    said = f"the reference of {used[line.reference]}"
    return changed(line, problem=Problem(ReferenceAlreadyUsed.code, said, "reference"))


def _twice(lines: Iterable[Line]) -> list[tuple[int, Problem]]:
    first: dict[tuple[str, str, int | None], int] = {}
    found = []
    for line in lines:
        if line.problem is None:
            number = first.setdefault(_what(line), line.number)
            if number != line.number:
                said = f"the same wallet and amount as line {number}"
                found.append((line.number, Problem("duplicate_line", said, "msisdn")))
    return found


async def _lately(
    switch: Switch, lines: Sequence[Line], *, merchant: str
) -> set[tuple[str, str, int]]:
    numbers = list(dict.fromkeys(line.msisdn for line in lines if line.problem is None))
    since = switch.clock() - LATELY
    found: set[tuple[str, str, int]] = set()
    for start in range(0, len(numbers), _ASKED_AT_ONCE):
        some = numbers[start : start + _ASKED_AT_ONCE]
        found |= await stored.paid_lately(switch.store, some, merchant=merchant, since=since)
    return found


def _what(line: Line) -> tuple[str, str, int | None]:
    return line.operator, line.msisdn, line.amount


def _money(line: Line) -> Money:
    return Money(line.amount or 0, CURRENCIES[line.currency])


def _problem(refusal: CrossError) -> Problem:
    return Problem(refusal.code, str(refusal), refusal.param)


def _total(
    code: str, amount: int, fees: int, held: Mapping[accounts.Account, int], merchant: str
) -> dict[str, Any]:
    available = held.get(accounts.available_to(merchant, CURRENCIES[code]), 0)
    return {
        "currency": code,
        "amount": amount,
        "fees": fees,
        "needed": amount + fees,
        "available": available,
        "is_covered": available >= amount + fees,
    }


def _float(
    name: str, code: str, needed: int, lines: int, held: Mapping[accounts.Account, int]
) -> dict[str, Any]:
    currency = CURRENCIES[code]
    promised = held.get(accounts.reserved_at(name, currency), 0)
    available = held.get(accounts.float_at(name, currency), 0) - promised
    return {
        "operator": name,
        "currency": code,
        "lines": lines,
        "needed": needed,
        "available": available,
        "is_covered": available >= needed,
    }


def _problem_view(number: int, level: str, problem: Problem) -> dict[str, Any]:
    return {
        "line": number,
        "level": level,
        "code": problem.code,
        "message": problem.message,
        "param": problem.param,
    }
