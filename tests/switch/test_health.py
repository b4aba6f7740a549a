"""Health is counted in silences in a row: a refusal is an answer."""

import pytest

from cross.domain.operator import (
    LookUp,
    Missing,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.switch.health import DEGRADED_AFTER, DOWN_AFTER, Health

SILENCE = Unknown("no answer")


@pytest.mark.parametrize(
    ("silences", "health"),
    [
        (0, "up"),
        (DEGRADED_AFTER - 1, "up"),
        (DEGRADED_AFTER, "degraded"),
        (DOWN_AFTER - 1, "degraded"),
        (DOWN_AFTER, "down"),
        (DOWN_AFTER * 10, "down"),
    ],
)
def test_silences_in_a_row_tell_how_an_operator_is(silences: int, health: str) -> None:
    seen = Health()
    for _ in range(silences):
        seen.heard("tmoney", SILENCE)

    assert seen.of("tmoney") == health
    assert seen.of("flooz") == "up"


@pytest.mark.parametrize(
    "answer",
    [Succeeded("T1", None), Refused(RefusalCode.WRONG_PIN, "1", ""), Pending(), Missing()],
    ids=lambda answer: type(answer).__name__,
)
def test_any_answer_ends_a_row_of_silences(answer: LookUp) -> None:
    seen = Health()
    for _ in range(DOWN_AFTER):
        seen.heard("tmoney", SILENCE)
    seen.heard("tmoney", answer)
    for _ in range(DEGRADED_AFTER - 1):
        seen.heard("tmoney", SILENCE)

    assert seen.of("tmoney") == "up"
