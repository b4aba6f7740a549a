"""Quotes, read back as values."""

from cross.domain.quote import Quote
from cross.storage import rows
from cross.storage.pages import Page
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
    chosen = part.among(("merchant = :merchant",))
    found = await reader.rows(
        f"SELECT {rows.QUOTE_COLUMNS} FROM quotes WHERE {chosen}",
        {"merchant": merchant, **part.numbers},
    )
    return part.cut([rows.read_quote(row) for row in found])
