"""Payment links, read back as values."""

from collections.abc import Sequence

from cross.domain.payment_link import PaymentLink
from cross.storage.order_rows import LINK_COLUMNS, read_link
from cross.storage.pages import Page
from cross.storage.store import Reader


async def find(reader: Reader, link_id: str, *, merchant: str) -> PaymentLink | None:
    """A merchant's link; None is all that another merchant learns (I-40)."""
    found = await reader.rows(
        f"SELECT {LINK_COLUMNS} FROM payment_links WHERE id = :id AND merchant = :merchant",
        {"id": link_id, "merchant": merchant},
    )
    return read_link(found[0]) if found else None


async def get(reader: Reader, link_id: str) -> PaymentLink | None:
    """A link whoever's it is: for the switch's own work, never for a merchant's question."""
    found = await reader.rows(
        f"SELECT {LINK_COLUMNS} FROM payment_links WHERE id = :id", {"id": link_id}
    )
    return read_link(found[0]) if found else None


async def by_code(reader: Reader, code: str) -> PaymentLink | None:
    """The link that an address names."""
    found = await reader.rows(
        f"SELECT {LINK_COLUMNS} FROM payment_links WHERE code = :code", {"code": code}
    )
    return read_link(found[0]) if found else None


async def is_taken(reader: Reader, link_id: str, *, besides: str) -> bool:
    """Whether as many orders as the link has uses, besides one, are paid or may yet be."""
    found = await reader.rows(
        "SELECT l.id FROM payment_links l WHERE l.id = :link AND l.uses <= ("
        " SELECT count(*) FROM orders o WHERE o.payment_link = l.id AND o.id <> :besides"
        " AND EXISTS (SELECT 1 FROM movements m"
        " WHERE m.quote > o.id || '/' AND m.quote < o.id || '0'"  # "0" follows "/" in ASCII
        " AND (m.is_final = 0 OR m.state = 'succeeded')))",
        {"link": link_id, "besides": besides},
    )
    return bool(found)


async def page(reader: Reader, *, merchant: str, part: Page) -> tuple[Sequence[PaymentLink], bool]:
    """A page of a merchant's links, newest first, and whether there are more."""
    chosen = part.among(("merchant = :merchant",))
    found = await reader.rows(
        f"SELECT {LINK_COLUMNS} FROM payment_links WHERE {chosen}",
        {"merchant": merchant, **part.numbers},
    )
    return part.cut([read_link(row) for row in found])
