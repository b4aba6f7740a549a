"""What takes two people is done by two, each with his own token, and the audit has it (I-35)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cross.attention_settings import AttentionSettings
from cross.domain.approval import (
    ApprovalClosed,
    ApprovalOpen,
    ApprovalStale,
    ApprovalState,
    Person,
    PersonalTokenNeeded,
    SecondPersonNeeded,
)
from cross.storage import audit as stored_audit
from cross.switch import approvals, cases
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.conftest import NewStore
from tests.switch import deciding
from tests.switch.deciding import AWA, KODJO, SHARED


@pytest.fixture
def either(new_store: NewStore, tmp_path: Path) -> Iterator[Till]:
    """A till on each engine."""
    with till_in(tmp_path, store=new_store()) as till:
        yield till


def waiting_case(till: Till) -> Any:
    till.run(deciding.flagged_collection(till.world))
    return till.run(deciding.only_case(till.switch))


def proposed(till: Till, case: Any, *, by: Person = AWA) -> str:
    fields = {"fix": "refused", "evidence": "letter of the operator"}
    return till.run(deciding.proposed(till.switch, case, by=by, **fields))


def decided(till: Till, approval: str, by: Person, *, approve: bool = True) -> Any:
    return till.run(approvals.decide(till.switch, approval, by, approve=approve))


def test_nobody_approves_what_he_proposed_and_a_claimed_name_is_nobody(either: Till) -> None:
    """S-DASH-05, I-35: neither under the shared token, nor with a second token of his own."""
    case = waiting_case(either)
    with pytest.raises(PersonalTokenNeeded):
        proposed(either, case, by=SHARED)
    approval = proposed(either, case)

    for by, refusal in (
        (SHARED, PersonalTokenNeeded),
        (AWA, SecondPersonNeeded),
        (Person("kodjo", AWA.token), SecondPersonNeeded),
        (Person("awa", "adm_01JANOTHER"), SecondPersonNeeded),
    ):
        with pytest.raises(refusal):
            decided(either, approval, by)
    assert either.run(approvals.get(either.switch, approval)).state == "proposed"
    assert decided(either, approval, KODJO).state == "applied"


def test_each_step_has_its_line_in_the_audit_whoever_took_it(either: Till) -> None:
    approval = proposed(either, waiting_case(either))
    decided(either, approval, KODJO)

    lines = either.run(stored_audit.newest(either.switch.store, subject=approval))
    assert [(line.who, line.action) for line in reversed(lines)] == [
        ("awa", "approvals.propose"),
        ("kodjo", "approvals.approved"),
        ("kodjo", "approvals.applied"),
    ]


def test_what_is_decided_is_decided_once_however_many_do_so(either: Till) -> None:
    case = waiting_case(either)
    approval = proposed(either, case)
    with pytest.raises(ApprovalOpen) as there:
        proposed(either, case, by=KODJO)
    assert there.value.existing_id == approval

    async def all_at_once() -> list[Any]:
        people = [Person(f"p{number}", f"adm_{number}") for number in range(5)]
        work = [
            approvals.decide(either.switch, approval, by, approve=number != 2)
            for number, by in enumerate(people)
        ]
        return await asyncio.gather(*work, return_exceptions=True)

    said = either.run(all_at_once())
    assert sum(not isinstance(one, BaseException) for one in said) >= 1
    assert {type(one) for one in said if isinstance(one, BaseException)} <= {ApprovalClosed}
    with pytest.raises(ApprovalClosed):
        decided(either, approval, KODJO)


def test_a_proposal_about_what_has_changed_since_is_stale(either: Till) -> None:
    case = waiting_case(either)
    approval = proposed(either, case)
    (live,) = either.switch.live.values()
    case_of = either.run(cases.get(either.switch, case.id))
    assert case_of.movement == live.movement.id
    connector: Any = either.switch.operators["flooz"]
    del connector.look_up_collection
    either.run(deciding.eventually(lambda: _asked(either)))

    with pytest.raises(ApprovalStale):
        decided(either, approval, KODJO)
    assert either.run(approvals.get(either.switch, approval)).state == "stale"


async def _asked(till: Till) -> bool:
    return not till.switch.live


def test_a_proposal_that_nobody_decides_is_over_in_a_day(either: Till) -> None:
    approval = proposed(either, waiting_case(either))
    deciding.later(either.switch, hours=24)

    with pytest.raises(ApprovalClosed):
        decided(either, approval, KODJO)
    assert either.run(approvals.get(either.switch, approval)).state == "expired"
    another = proposed(either, either.run(deciding.only_case(either.switch, source="movement")))
    deciding.later(either.switch, hours=25)
    either.run(approvals.look(either.switch))
    assert either.run(approvals.get(either.switch, another)).state == "expired"


def test_who_proposed_may_take_it_back_and_nothing_is_done(either: Till) -> None:
    case = waiting_case(either)
    approval = proposed(either, case)

    assert decided(either, approval, AWA, approve=False).state == "rejected"
    (live,) = either.switch.live.values()
    assert live.movement.legs[0].status == "unknown"
    assert either.run(deciding.only_case(either.switch)).id == case.id


def test_up_to_the_threshold_one_person_decides_and_above_it_two(tmp_path: Path) -> None:
    """S-DASH-05, F-H02."""
    terms = AttentionSettings(approval_threshold={"XOF": 5_000})
    with till_in(tmp_path, attention=terms) as till:
        approval = proposed(till, waiting_case(till), by=SHARED)
        found = till.run(approvals.get(till.switch, approval))
        assert (found.people, found.state) == (1, "applied")
    terms = AttentionSettings(approval_threshold={"XOF": 4_999, "DJF": 9_999})
    (tmp_path / "above").mkdir()
    with till_in(tmp_path / "above", attention=terms) as till, pytest.raises(PersonalTokenNeeded):
        proposed(till, waiting_case(till), by=SHARED)


def test_what_was_approved_and_not_done_is_done_by_whoever_looks(
    either: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-P01: the process ends between the decision and what follows from it."""
    approval = proposed(either, waiting_case(either))

    async def dies(*given: object) -> None:
        raise RuntimeError(given)

    with monkeypatch.context() as patched:
        patched.setattr(approvals, "carry_out", dies)
        with pytest.raises(RuntimeError):
            decided(either, approval, KODJO)
    assert either.run(approvals.get(either.switch, approval)).state == "approved"
    deciding.later(either.switch, seconds=approvals.LEFT_SECONDS)
    either.run(approvals.look(either.switch))
    assert either.run(approvals.get(either.switch, approval)).state == "applied"


def test_the_books_refuse_what_one_person_approved(either: Till) -> None:
    """The rule is a constraint too: two paths, one property."""
    approval = proposed(either, waiting_case(either))
    found = either.run(approvals.get(either.switch, approval))

    async def forge() -> Any:
        return await approvals._step(either.switch, found, ApprovalState.APPROVED, AWA)

    with pytest.raises(Exception):  # noqa: B017, PT011  each engine has its own
        either.run(forge())
    assert either.run(approvals.get(either.switch, approval)).state == "proposed"
