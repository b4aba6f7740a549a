"""From forms to the domain's values: what a merchant says of a movement, and its amount."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from cross.api.forms import TermsForm
from cross.api.refusals import CustomerNotFound, InvalidUrl
from cross.domain.money import Money, currency_named
from cross.domain.movement import Terms
from cross.switch import customers
from cross.switch.switch import Switch

# What browsers and parsers take differently is refused: spaces, backslashes, user names (F-S14).
_URL: Final = re.compile(r"https://[A-Za-z0-9.\-\[\]:]+(?:[/?#][!#-\[\]^-~]*)?", re.ASCII)


def terms_of(
    form: TermsForm,
    *,
    quote: str | None = None,
    return_url: str | None = None,
    cancel_url: str | None = None,
) -> Terms:
    """The terms of a movement; raises `InvalidUrl`."""
    return Terms(
        reference=form.reference,
        description=form.description or "",
        metadata=form.metadata or {},
        customer=form.customer,
        return_url=https_url(return_url, param="return_url"),
        cancel_url=https_url(cancel_url, param="cancel_url"),
        quote=quote,
    )


async def require_customer(switch: Switch, content: Mapping[str, Any], *, merchant: str) -> None:
    """Raises `CustomerNotFound` where a call names one that this merchant has not.

    Who names none waits for nothing; what is no text at all is for the form to refuse.
    """
    named = content.get("customer")
    if isinstance(named, str) and not await customers.is_known(switch, named, merchant=merchant):
        raise CustomerNotFound(param="customer")


def money_of(amount: int, currency: str) -> Money:
    """An amount in a currency by its code; raises `UnknownCurrency`."""
    return Money(amount, currency_named(currency))


def https_url(text: str | None, *, param: str) -> str | None:
    """An address to send a browser to; raises `InvalidUrl`."""
    if text is None:
        return None
    try:
        host = urlsplit(text).hostname if _URL.fullmatch(text) else None
    except ValueError:  # brackets that hold no address
        host = None
    if not host:
        raise InvalidUrl(param=param)
    return text
