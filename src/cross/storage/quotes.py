"""Quotes, read back as values."""

from cross.domain.quote import Quote
from cross.storage import rows
from cross.storage.movements import Page
from cross.storage.store import Reader


async def find(reader: Reader, quote_id: str, *, merchant: str) -> Quote | None:
    """A merchant's quote; None is all that another merchant learns (I-40)."""
    found = await reader.rows(
        f"SELECT {rows.QUOTE_COLUMNS} FROM quotes WHERE id = :id AND merchant = :merchant",
        {"id": quote_id, "merchant": merchant},
    )
    return rows.read_quote(found[0]) if found else None


async def page(reader: Reader, *, merchant: str, part: Page) -> tuple[list[Quote], bool]:
    """A page of a merchant's quotes, newest first, and whether there are more."""
    backwards = part.ending_before is not None
    bound = part.ending_before or part.starting_after
    beyond = "" if bound is None else f" AND id {'>' if backwards else '<'} :bound"
    found = await reader.rows(
        f"SELECT {rows.QUOTE_COLUMNS} FROM quotes WHERE merchant = :merchant{beyond}"
        f" ORDER BY id {'ASC' if backwards else 'DESC'} LIMIT :rows_max",
        {"merchant": merchant, "rows_max": part.limit + 1, **({"bound": bound} if bound else {})},
    )
    shown = [rows.read_quote(row) for row in found[: part.limit]]
    return (shown[::-1] if backwards else shown), len(found) > part.limit
