"""References of operators' own, read from the books: two requests never have one (F-O11)."""

from typing import Final, NamedTuple

from cross.domain.reconciliation import BreakKind
from cross.storage.store import Reader

_GIVEN: Final = (
    "SELECT DISTINCT l.operator, l.kind, l.operator_reference, l.reference, l.movement"
    " FROM entries e JOIN legs l ON l.movement = e.movement"
    " WHERE e.id > :after AND e.id <= :upto"
    " AND l.status = 'succeeded' AND l.operator_reference IS NOT NULL"
    " ORDER BY l.movement, l.kind"
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
    found = await reader.rows(_GIVEN, {"after": after, "upto": upto})
    return [Given(*(str(part) for part in row)) for row in found]


async def is_told(reader: Reader, one: str, other: str) -> bool:
    """Whether a break says of one of two requests that its reference is the other's."""
    values = {"kind": BreakKind.REFERENCE_REUSED.value, "one": one, "other": other}
    return bool(await reader.rows(_TOLD, values))
