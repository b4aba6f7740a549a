"""References of operators' own, read from the books: two requests never have one (F-O11)."""

from typing import Final, NamedTuple

from cross.domain.reconciliation import BreakKind
from cross.storage.store import Reader

TOGETHER: Final = 100
_NAMES: Final = [f"m{place}" for place in range(TOGETHER)]
_MOVEMENTS: Final = (
    "SELECT DISTINCT movement FROM entries WHERE id > :after AND id <= :upto ORDER BY movement"
)
# Asked for by their names: joined with entries, PostgreSQL would read every leg there is.
_GIVEN: Final = (
    "SELECT operator, kind, operator_reference, reference, movement FROM legs"
    f" WHERE movement IN ({', '.join(f':{name}' for name in _NAMES)})"
    " AND status = 'succeeded' AND operator_reference IS NOT NULL ORDER BY movement, kind"
)
_TOLD: Final = (
    "SELECT 1 FROM breaks WHERE kind = :kind AND ((reference = :one AND heard LIKE '% is ' ||"
    " CAST(:other AS text) || '''s') OR (reference = :other AND heard LIKE '% is ' ||"
    " CAST(:one AS text) || '''s')) LIMIT 1"
)


class Given(NamedTuple):
    """What an operator called a request of ours that it carried out."""

    operator: str
    kind: str
    theirs: str
    ours: str
    movement: str


async def given(reader: Reader, *, after: int, upto: int) -> list[Given]:
    """Of the movements that a span of entries is about."""
    found = await reader.rows(_MOVEMENTS, {"after": after, "upto": upto})
    movements = [row[0] for row in found]
    given: list[Given] = []
    for first in range(0, len(movements), TOGETHER):
        some = movements[first : first + TOGETHER]
        some += some[-1:] * (TOGETHER - len(some))  # one statement, prepared once
        legs = await reader.rows(_GIVEN, dict(zip(_NAMES, some, strict=True)))
        given += map(Given._make, legs)
    return given


async def is_told(reader: Reader, one: str, other: str) -> bool:
    """Whether a break says of one of two requests that its reference is the other's."""
    values = {"kind": BreakKind.REFERENCE_REUSED.value, "one": one, "other": other}
    return bool(await reader.rows(_TOLD, values))
