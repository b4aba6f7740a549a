"""A payment link: an address that makes an order for whoever opens it, within limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cross.domain.money import Currency, Money
from cross.domain.order_refusals import AmountNotOfLink, LinkClosed


class LinkStatus(StrEnum):
    """Whether a link takes payments, and why not."""

    OPEN = "open"
    CLOSED = "closed"
    EXPIRED = "expired"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """What the merchant said. `amount` is None where the payer chooses it, from `least` to `most`.

    `uses` is how many orders of it may be paid, None for as many as come.
    """

    title: str
    currency: Currency
    operators: tuple[str, ...]
    amount: int | None = None
    least: int | None = None
    most: int | None = None
    uses: int | None = None
    expires_at: datetime | None = None
    description: str = ""
    return_url: str | None = None
    cancel_url: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PaymentLink:
    """One link; `code` is the unguessable part of its address, `paid` counts its paid orders."""

    id: str
    merchant: str
    livemode: bool
    code: str
    terms: LinkTerms
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    paid: int = 0

    @property
    def is_used_up(self) -> bool:
        """Whether as many of its orders are paid as may be."""
        return self.terms.uses is not None and self.paid >= self.terms.uses

    def status(self, at: datetime) -> LinkStatus:
        """Where it stands at that moment."""
        if self.closed_at is not None:
            return LinkStatus.CLOSED
        if self.is_used_up:
            return LinkStatus.USED_UP
        if self.terms.expires_at is not None and at >= self.terms.expires_at:
            return LinkStatus.EXPIRED
        return LinkStatus.OPEN


def require_open(link: PaymentLink, *, at: datetime) -> None:
    """Raises `LinkClosed` where it takes no more payments."""
    status = link.status(at)
    if status is not LinkStatus.OPEN:
        raise LinkClosed(status=status)


def amount_asked(link: PaymentLink, chosen: Money | None) -> Money:
    """What an order of the link is for; raises `AmountNotOfLink` for what it leaves no room for."""
    terms = link.terms
    if terms.amount is not None:
        fixed = Money(terms.amount, terms.currency)
        if chosen is not None and chosen != fixed:
            raise AmountNotOfLink(allowed=str(fixed))
        return fixed
    least, most = terms.least or 1, terms.most
    allowed = f"at least {Money(least, terms.currency)}"
    if most is not None:
        allowed += f" and at most {Money(most, terms.currency)}"
    if chosen is None or chosen.currency is not terms.currency or chosen.amount < least:
        raise AmountNotOfLink(allowed=allowed)
    if most is not None and chosen.amount > most:
        raise AmountNotOfLink(allowed=allowed)
    return chosen
