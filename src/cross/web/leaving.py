"""Leaving for the merchant's site: where to, with the order's id and nothing else (S-WEB-07)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from cross.domain.order import Order

# F-S14: a backslash, a space or a control character makes two parsers see two hosts.
_HARMLESS = re.compile(r"[!-\[\]-~]{1,2048}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exit:
    """A link out, and the host it leads to, which the payer is shown."""

    url: str
    host: str


def after_paying(order: Order) -> Exit | None:
    """Back to the shop once it is paid; None where the merchant gave no address."""
    return way_to(order.terms.return_url, order.id)


def after_giving_up(order: Order) -> Exit | None:
    """Back to the shop without paying."""
    return way_to(order.terms.cancel_url or order.terms.return_url, order.id)


def way_to(url: str | None, order_id: str) -> Exit | None:
    """The merchant's address with `order=ord_…`; None for what is not plainly http or https."""
    if not url or _HARMLESS.fullmatch(url) is None:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    query = f"{parts.query}&order={order_id}" if parts.query else f"order={order_id}"
    shown = host if port is None else f"{host}:{port}"
    return Exit(urlunsplit(parts._replace(query=query)), shown)


def origin_of(url: str) -> str:
    """What a policy calls the place of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
