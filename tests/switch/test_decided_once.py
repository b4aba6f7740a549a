"""What two people decided is several commits: a death between any two of them is caught up with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from cross.domain.operator import Succeeded
from cross.switch import approvals, cases
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.switch import deciding
from tests.switch.deciding import KODJO
from tests.switch.test_cases import SUSPENSE, asked_again, books, flagged, kinds, resolved, says

ORDER: Final = ["ApprovalStep", "Addition", "BreakClosing", "CaseStep", "ApprovalStep"]
"""The decision, the entry, the end of the break, the end of the case, and that it is done."""


class Died(Exception):
    """The process ended here."""


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with till_in(tmp_path) as till:
        yield till


def in_suspense(till: Till) -> Any:
    """The case of money that came in after its collection was said to be refused."""
    _, case = flagged(till)
    resolved(till, case, fix="refused")
    says(till, Succeeded("F9"))
    asked_again(till, till.run(deciding.only_case(till.switch)))
    return till.run(deciding.only_case(till.switch, reason="status_differs"))


def dies_after(till: Till, commits: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """So many writes of the decision are durable; of the last one nobody hears any more."""
    written: list[str] = []
    record = till.switch.recorder.record

    async def recorded(write: Any) -> Any:
        verdict = await record(write)
        if type(write).__name__ in ORDER:  # the watch writes beside it, when it likes
            written.append(type(write).__name__)
            if len(written) >= commits:
                raise Died
        return verdict

    monkeypatch.setattr(till.switch.recorder, "record", recorded)
    return written


def entries_of(till: Till, approval: str) -> int:
    sql = "SELECT count(*) FROM entries WHERE cause LIKE '%' || :approval || '%'"
    ((count,),) = till.run(till.switch.store.rows(sql, {"approval": approval}))
    return int(count)


@pytest.mark.parametrize("commits", range(1, len(ORDER) + 1))
def test_a_decision_interrupted_between_its_commits_is_finished_and_booked_once(
    till: Till, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """I-04, I-35, F-P01: what was written before the death is not written again."""
    case = in_suspense(till)
    part: Any = {"fix": "adjust", "debit": "suspense", "credit": "merchant", "amount": 5_000}
    proposed = till.run(deciding.proposed(till.switch, case, **part))
    with monkeypatch.context() as patched:
        written = dies_after(till, commits, patched)
        with pytest.raises(Died):
            till.run(approvals.decide(till.switch, proposed, KODJO, approve=True))
    assert written == ORDER[:commits]

    deciding.later(till.switch, seconds=approvals.LEFT_SECONDS)
    for _ in range(2):
        till.run(approvals.look(till.switch))
        till.run(cases.gather(till.switch))

        assert till.run(approvals.get(till.switch, proposed)).state == "applied"
        assert entries_of(till, proposed) == 1
        assert books(till)[SUSPENSE] == 0
        assert "status_differs" not in kinds(till)
        assert till.run(cases.get(till.switch, case.id)).closed_at is not None
