"""A TMoney Online that says what a test tells it to, and notifications as it sends them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from urllib.parse import urlencode

from cross.domain.money import xof
from cross.domain.operator import LegRequest, Operator, RawCallback, Visit
from cross.operators import tmoney_online
from cross.operators.tmoney_online.purchaseref import purchaseref_for
from cross.outbound import HttpRequest, HttpResponse, NoAnswer

NOW: Final = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
REFERENCE: Final = "CRX01HZX4T5J0000000000000000D"
SESSION: Final = "27875690759565722269644474422394"
MERCHANT: Final = "1234567890123456"
SECRET: Final = "a secret of this test only"
VISIT: Final = Visit(
    title="Boutique Afi : commande 77",
    return_url="https://cross.example/pay/abc/return",
    cancel_url="https://cross.example/pay/abc/cancel",
    until=NOW + timedelta(hours=2),
)
REQUEST: Final = LegRequest(
    reference=REFERENCE,
    wallet=None,
    money=xof(1500),
    movement="col_01HZX4T5J0000000000000000",
    description="Commande 77",
    requested_at=NOW,
    visit=VISIT,
)
SETTINGS: Final = {
    "base_url": "https://tmoney.example",
    "merchantid": MERCHANT,
    "brand": "BOUTIQUE AFI",
    "purchaseref_secret": SECRET,
    "allowed_networks": "192.0.2.0/28, 2001:db8::/64",
}
PURCHASEREF: Final = purchaseref_for(REFERENCE, merchantid=MERCHANT, secret=SECRET.encode())

Says: TypeAlias = HttpResponse | NoAnswer

NOTHING: Final = HttpResponse(200, b"")

# Source: operators.md A.4, with a purchaseref of ours.
PAID: Final = {
    "purchaseref": PURCHASEREF,
    "amount": "1500",
    "currency": "952",
    "status": "OK",
    "clientid": "8812",
    "cname": "KOFFI AMA",
    "mobile": "22890112233",
    "paymentref": "PR-5521",
    "payid": "99102",
    "timestamp": "1795342541",
    "error": "",
}
REFUSED: Final = {
    **PAID,
    "status": "NOK",
    "clientid": "",
    "paymentref": "",
    "payid": "",
    "error": "CANCEL",
}


def notified(
    fields: dict[str, str] | None = None, *, peer: str = "192.0.2.7", **changed: str
) -> RawCallback:
    """A notification with these fields, a payment's unless others are given."""
    query = urlencode({**(PAID if fields is None else fields), **changed})
    return RawCallback("GET", query, (), b"", peer)


class Scripted:
    """Answers as told; keeps what was asked."""

    def __init__(self, said: Says) -> None:
        self._said = said
        self.asked: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        self.asked.append(request)
        if isinstance(self._said, NoAnswer):
            raise self._said
        return self._said


def connected(
    said: Says = NOTHING, *, at: datetime = NOW, settings: Mapping[str, str] | None = None
) -> tuple[Operator, Scripted]:
    """A connector to an operator that answers so, and that operator."""
    scripted = Scripted(said)
    operator = tmoney_online.connect(
        outbound=scripted,
        settings={**SETTINGS, **(settings or {})},
        clock=lambda: at,
        random_bits=lambda bits: (1 << bits) - 1,
    )
    return operator, scripted
