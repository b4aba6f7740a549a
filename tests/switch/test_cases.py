"""Whatever waits for a person is in one list, with an owner and a deadline, until it is over."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cross.domain import accounts
from cross.domain.approval import ApprovalStale, FixNotPossible
from cross.domain.ledger import entry
from cross.domain.money import XOF, xof
from cross.domain.operator import LegRequest, LookUp, RefusalCode, Refused, Succeeded
from cross.storage import breaks, ledger
from cross.storage.cases import CaseFilter, CasePart
from cross.storage.pages import Page
from cross.storage.store import Addition, Row, Saved, Verdict
from cross.switch import approvals, cases, fixes
from cross.switch.switch import Switch
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.conftest import NewStore
from tests.switch import asking, deciding
from tests.switch.deciding import AWA, KODJO
from tests.world import MERCHANT, until, wallet

AVAILABLE = f"available:{MERCHANT}:XOF"
SUSPENSE = "suspense:XOF"
EVIDENCE: Any = {"evidence": "line 12 of the statement of 3 March"}


@pytest.fixture
def either(new_store: NewStore, tmp_path: Path) -> Iterator[Till]:
    """A till on each engine."""
    with till_in(tmp_path, store=new_store()) as till:
        yield till


def flagged(till: Till) -> Any:
    """A collection of unknown outcome, and its case."""
    movement = till.run(deciding.flagged_collection(till.world))
    return movement, till.run(deciding.only_case(till.switch))


def resolved(till: Till, case: Any, **fields: Any) -> Any:
    return till.run(deciding.resolved(till.switch, case, **{**EVIDENCE, **fields}))


def says(till: Till, answer: LookUp) -> None:
    """From now on the operator answers every query so; those that were asked before are heard."""
    till.run(until(lambda: not till.switch.tasks))

    async def look_up(request: LegRequest) -> LookUp:
        del request
        return answer

    connector: Any = till.switch.operators["flooz"]
    connector.look_up_collection = look_up


def books(till: Till) -> Any:
    assert till.run(ledger.unbalanced(till.switch.store)) == []
    assert till.run(ledger.drifted(till.switch.store)) == []
    return till.run(till.world.balances())


def asked_again(till: Till, case: Any) -> None:
    """Long after, a person asks the operator once more."""
    deciding.later(till.switch, hours=20)
    till.run(fixes.requery(till.switch, case, by=AWA))


def kinds(till: Till) -> list[str]:
    return [one.kind.value for one in till.run(breaks.opened(till.switch.store))]


def test_what_an_operator_is_silent_about_has_an_owner_and_a_deadline(either: Till) -> None:
    """I-21; and is over by itself once the operator says how it ended."""
    movement, case = flagged(either)

    assert (case.source, case.object, case.reason) == ("movement", movement.id, "operator_silent")
    assert (case.owner, case.operator, case.merchant) == ("operations", "flooz", MERCHANT)
    assert case.money == movement.price.debit
    assert case.deadline == movement.attention.deadline
    assert either.run(deciding.only_case(either.switch)) == case
    says(either, Succeeded("F1"))
    either.at_rest()
    assert either.run(deciding.open_cases(either.switch)) == []
    over = either.run(cases.get(either.switch, case.id))
    assert (over.closed_because, over.version) == ("over", 2)


async def told_of_deadlines(switch: Switch) -> Sequence[Row]:
    """Whom they concern and which cases, once anybody was told: the worker may have been first."""
    async with asyncio.timeout(10):
        while not (
            found := await switch.store.rows(
                "SELECT merchant, movement FROM events WHERE type = 'attention.overdue'", {}
            )
        ):
            await asyncio.sleep(0.01)
    return found


def test_a_deadline_that_passes_is_told_once_and_moves_no_money(either: Till) -> None:
    _, case = flagged(either)
    before = books(either)
    deciding.later(either.switch, hours=25)
    for _ in range(3):
        either.run(cases.gather(either.switch))

    late = either.run(cases.get(either.switch, case.id))
    assert late.escalated_at is not None
    told = either.run(told_of_deadlines(either.switch))
    assert [tuple(row) for row in told] == [(MERCHANT, f"{case.id}@{MERCHANT}")]
    assert books(either) == before
    now = either.switch.clock()
    page = cases.page(either.switch, part=CasePart(5), only=CaseFilter(overdue_at=now))
    assert [one.id for one in either.run(page)[0]] == [case.id]


def test_whoever_has_it_and_what_was_found_out_is_kept(either: Till) -> None:
    _, case = flagged(either)
    either.run(cases.assign(either.switch, case.id, "awa", by=KODJO))
    noted = either.run(cases.note(either.switch, case.id, "they call back at noon", by=AWA))

    assert (noted.owner, noted.version) == ("awa", 3)
    lines = either.run(cases.history(either.switch, noted))
    assert [(line.who, line.action) for line in lines] == [
        ("awa", "attention.note"),
        ("kodjo", "attention.assign"),
    ]


def test_two_people_say_that_it_succeeded_and_the_statement_must_agree(either: Till) -> None:
    """I-23 (c), F-H02: evidence, two people, and a break that stays open."""
    movement, case = flagged(either)
    held = books(either)[AVAILABLE]
    with pytest.raises(FixNotPossible):
        either.run(deciding.proposed(either.switch, case, fix="succeeded"))

    done = resolved(either, case, fix="succeeded", operator_reference="F77")

    assert (done.state, done.result) == ("applied", "debit succeeded")
    leg = either.run(either.world.stored_leg(movement.id))
    assert (leg.status, leg.operator_reference) == ("succeeded", "F77")
    assert books(either)[AVAILABLE] == held + 5_000
    assert kinds(either) == ["manual_resolution"]
    waiting = either.run(deciding.only_case(either.switch))
    with pytest.raises(FixNotPossible):
        either.run(deciding.proposed(either.switch, waiting, fix="ignore", **EVIDENCE))
    assert resolved(either, waiting, fix="link", movement=movement.id).state == "applied"
    assert kinds(either) == []
    assert either.run(deciding.open_cases(either.switch)) == []


def test_an_operator_that_says_otherwise_later_has_no_second_effect(either: Till) -> None:
    """F-H02, I-25: what two people called a success, and the operator a refusal."""
    movement, case = flagged(either)
    before = books(either)
    resolved(either, case, fix="succeeded")
    says(either, Refused(RefusalCode.PAYER_REFUSED))
    manual = either.run(deciding.only_case(either.switch))
    for _ in range(2):
        asked_again(either, manual)

    after = books(either)
    assert (after[AVAILABLE], after[SUSPENSE]) == (before[AVAILABLE] + 5_000, -5_000)
    assert after["float:flooz"] == before["float:flooz"]
    assert kinds(either) == ["manual_resolution", "status_differs"]
    assert either.run(either.world.stored_leg(movement.id)).status == "succeeded"
    differs = either.run(deciding.only_case(either.switch, reason="status_differs"))
    fields = {"debit": "merchant", "credit": "suspense", "amount": 5_000}
    assert resolved(either, differs, fix="adjust", **fields).state == "applied"
    assert books(either)[AVAILABLE] == before[AVAILABLE]
    assert books(either)[SUSPENSE] == 0
    assert kinds(either) == ["manual_resolution"]


def test_two_people_say_that_it_was_refused_and_the_money_came_after_all(either: Till) -> None:
    movement, case = flagged(either)
    before = books(either)
    resolved(either, case, fix="refused")
    leg = either.run(either.world.stored_leg(movement.id))
    assert leg.status == "failed"
    assert leg.failure is not None
    assert leg.failure.operator_code == "declared"
    assert books(either) == before

    says(either, Succeeded("F9"))
    asked_again(either, either.run(deciding.only_case(either.switch)))
    assert books(either)[SUSPENSE] == 5_000
    assert kinds(either) == ["manual_resolution", "status_differs"]
    differs = either.run(deciding.only_case(either.switch, reason="status_differs"))
    wallet = {"operator": "tmoney", "msisdn": "90112299"}
    done = resolved(either, differs, fix="return", **wallet)
    assert done.state == "applied"
    either.at_rest()
    credited = [m for m in either.world.simulators.journal.find() if m.msisdn == "22890112299"]
    assert [m.amount for m in credited] == [5_000]
    assert books(either)[SUSPENSE] == 0
    assert books(either)[AVAILABLE] == before[AVAILABLE]
    assert kinds(either) == ["manual_resolution"]


def test_a_proposal_is_stale_once_suspense_holds_something_else(either: Till) -> None:
    """I-35: what the second person sees is what will be done."""
    _, case = flagged(either)
    resolved(either, case, fix="refused")
    says(either, Succeeded("F9"))
    manual = either.run(deciding.only_case(either.switch))
    asked_again(either, manual)
    differs = either.run(deciding.only_case(either.switch, reason="status_differs"))
    part: Any = {"fix": "adjust", "debit": "suspense", "credit": "merchant"}
    first = either.run(deciding.proposed(either.switch, differs, **part, amount=1_000))
    assert resolved(either, manual, **part, amount=3_000).state == "applied"
    before = books(either)

    with pytest.raises(ApprovalStale):
        either.run(approvals.decide(either.switch, first, KODJO, approve=True))
    assert books(either) == before
    assert resolved(either, differs, **part, amount=2_000).state == "applied"
    assert books(either)[SUSPENSE] == 0


def test_suspense_gives_no_more_than_it_holds_and_a_loss_is_only_what_we_paid(
    either: Till,
) -> None:
    _, case = flagged(either)
    asked: Any = (
        {"fix": "adjust", "debit": "suspense", "credit": "merchant", "amount": 1},
        {"fix": "adjust", "debit": "merchant", "credit": "merchant", "amount": 1},
        {"fix": "adjust", "debit": "merchant", "credit": "nowhere", "amount": 1},
        {"fix": "adjust", "debit": "merchant", "credit": "loss"},
        {"fix": "to_loss"},
        {"fix": "reverse"},
        {"fix": "given_back"},
        {"fix": "ignore"},
        {"fix": "return", "operator": "tmoney", "msisdn": "90112299"},
    )
    for fields in asked:
        with pytest.raises(FixNotPossible):
            either.run(deciding.proposed(either.switch, case, **EVIDENCE, **fields))
    assert either.run(approvals.page(either.switch, part=Page(limit=5)))[0] == []


def test_money_in_suspense_that_nobody_has_has_a_case_of_its_own(either: Till) -> None:
    """Whatever brought it there: a process may have ended before it opened the break."""
    found = entry(
        "debit.late_success",
        debits=[(accounts.float_at("flooz", XOF), xof(700))],
        credits_=[(accounts.suspense(XOF), xof(700))],
    )

    async def book() -> Verdict:
        return await either.switch.recorder.record(
            Addition("col_X", (found,), either.switch.clock())
        )

    assert either.run(book()) == Saved(fresh=True)

    case = either.run(deciding.only_case(either.switch))
    assert (case.source, case.object, case.reason) == ("suspense", "col_X", "suspense")
    assert case.money == xof(700)
    loss = {"debit": "suspense", "credit": "loss", "amount": 700}
    assert resolved(either, case, fix="adjust", **loss).state == "applied"
    assert books(either)[SUSPENSE] == 0
    assert either.run(cases.get(either.switch, case.id)).closed_at is not None


def test_a_payer_who_cannot_have_his_money_back_gets_it_another_way(either: Till) -> None:
    """F-O19: it stays in suspense, with an owner, and is never written off by itself."""
    switch = either.switch
    connector: Any = switch.operators["flooz"]

    async def refused(request: LegRequest) -> LookUp:
        del request
        return Refused(RefusalCode.WALLET_BLOCKED)

    connector.refund = connector.pay_out = connector.look_up_refund = refused
    payer, payee = wallet("flooz", "+22896112233"), wallet("tmoney", "+22890112214")
    opened = either.run(asking.transfer(switch, payer, payee))
    live = switch.live[opened.id]
    either.run(until(lambda: live.movement.attention is not None))
    assert live.movement.attention is not None
    money = live.movement.price.debit.amount
    case = either.run(deciding.only_case(switch))
    assert (case.reason, books(either)[SUSPENSE]) == ("refund_refused", money)

    assert resolved(either, case, fix="given_back").result == "refunded"
    after = books(either)
    assert (after[SUSPENSE], after["bank:XOF"]) == (0, -money)
    assert {after[f"{name}:flooz"] for name in ("reserved", "promises")} == {0}
    assert not switch.live
    assert either.run(deciding.open_cases(switch)) == []
