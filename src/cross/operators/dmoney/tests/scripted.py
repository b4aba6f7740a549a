"""A D-Money that says what a test tells it to, for what no simulator does on purpose."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from cross.domain.money import djf
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LegRequest, Operator, Original, RawCallback, Visit
from cross.operators.dmoney import PROFILE
from cross.operators.dmoney.client import DMoney
from cross.operators.dmoney.setup import Setup, setup_from
from cross.operators.dmoney.signing import signed
from cross.operators.dmoney.tests.keys import key_of, private_text, public_text
from cross.outbound import HttpRequest, HttpResponse, NoAnswer

NOW: Final = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
REFERENCE: Final = "CRX01HZX5T5J0000000000000000D"
MOVEMENT: Final = "col_01HZX5T5J00000000000000000"
PREPAY_ID: Final = "wx123456789abcdef"
PAYMENT_ID: Final = "00801104C911443200001002"
APPID: Final = "1293049431398401"
MERCH_CODE: Final = "9988"
REQUEST: Final = LegRequest(
    reference=REFERENCE,
    wallet=None,
    money=djf(1500),
    movement=MOVEMENT,
    description="Commande 77",
    requested_at=NOW,
    visit=Visit(
        title="Frais de scolarité - T3",
        return_url="https://cross.example/pay/k7/back",
        cancel_url="https://cross.example/pay/k7",
        until=NOW + timedelta(minutes=45),
    ),
)
PAYOUT: Final = LegRequest(
    reference="CRX01HZX6T5J0000000000000000C",
    wallet=Msisdn("+25377112233"),
    money=djf(1500),
    movement="po_01HZX6T5J00000000000000000",
    description="Paie",
    requested_at=NOW,
)
REFUND: Final = LegRequest(
    reference="CRX01HZX7T5J0000000000000000C",
    wallet=None,
    money=djf(400),
    movement="rf_01HZX7T5J00000000000000000",
    description="Retour d'un article",
    requested_at=NOW,
    original=Original(REFERENCE, PAYMENT_ID, djf(1500)),
)
WHOLE_REFUND: Final = LegRequest(
    reference=REFUND.reference,
    wallet=None,
    money=djf(1500),
    movement=REFUND.movement,
    description="Retour",
    requested_at=NOW,
    original=REFUND.original,
)
SETTINGS: Final = {
    "base_url": "https://pg.example:38443",
    "app_key": "452fe2b7-4105-4fc8-b002-937d10a970b1",
    "app_secret": "cross-secret",
    "appid": APPID,
    "merch_code": MERCH_CODE,
    "private_key": private_text(key_of("merchant")),
    "gateway_public_key": public_text(key_of("gateway").public_key()),
    "notify_url": "https://cross.example/callbacks/dmoney/secret",
}
TOKEN_PATH: Final = "/apiaccess/payment/gateway/payment/v1/token"

Fields: TypeAlias = dict[str, Any]
Says: TypeAlias = HttpResponse | NoAnswer


def answer(content: object, *, status: int = 200) -> HttpResponse:
    """An answer with this JSON."""
    return HttpResponse(status, json.dumps(content).encode())


TOKEN: Final = answer(
    {"token": "Bearer t-1", "expires_in": 3600, "code": "0", "message": "Success"}
)


def genuine(fields: Fields) -> Fields:
    """The fields, signed by the gateway."""
    return signed(fields, key_of("gateway"))


def yes(content: Fields, **more: object) -> HttpResponse:
    """A yes that the gateway signed."""
    said = {"result": "SUCCESS", "code": "0", "msg": "success", "message": "Success"}
    return answer(genuine({**said, **more, "biz_content": content}))


def no(code: str, *, status: int = 200, **more: object) -> HttpResponse:
    """A no, as the document and its family word it."""
    return answer({"result": "FAIL", "code": code, "msg": "no", **more}, status=status)


def ordered(**changes: object) -> Fields:
    """What the gateway says of a new order."""
    return {
        "merch_order_id": REFERENCE,
        "prepay_id": PREPAY_ID,
        "order_id": "9001",
        "status": "created",
        **changes,
    }


def found(trade_status: str, order_status: str | None = None, **changes: object) -> Fields:
    """What the gateway says of an order that is asked about."""
    both = {} if order_status is None else {"order_status": order_status}
    return {
        "merch_order_id": REFERENCE,
        "trade_status": trade_status,
        **both,
        "prepay_id": PREPAY_ID,
        "payment_order_id": PAYMENT_ID,
        "trans_id": PAYMENT_ID,
        "trans_time": "2026-11-22 13:15:00",
        "trans_currency": "DJF",
        "total_amount": "1500",
        **changes,
    }


def refunded(status: str = "REFUND_SUCCESS", **changes: object) -> Fields:
    """What the gateway says of a refund."""
    return {
        "merch_code": MERCH_CODE,
        "merch_order_id": REFERENCE,
        "trans_order_id": PAYMENT_ID,
        "refund_order_id": "R900001",
        "refund_amount": "400",
        "refund_currency": "DJF",
        "refund_status": status,
        **changes,
    }


class Scripted:
    """Gives tokens, and answers the rest as told, the last answer for ever; keeps what was asked.

    `login` answers token requests by their path; None answers as any other request.
    """

    def __init__(self, *says: Says, login: Callable[[str], Says | None] = lambda _: TOKEN) -> None:
        self._left = list(says)
        self._login = login
        self.asked: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        self.asked.append(request)
        path = urlsplit(request.url).path
        said = self._login(path) if path.endswith("/token") else None
        if said is None:
            said = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        if isinstance(said, NoAnswer):
            raise said
        return said

    @property
    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [urlsplit(asked.url).path for asked in self.asked]

    @property
    def bodies(self) -> list[Fields]:
        """What was sent but for logins."""
        asked = [asked for asked in self.asked if not asked.url.endswith("/token")]
        return [json.loads(request.body) for request in asked]


def connected(scripted: Scripted, **settings: str) -> Operator:
    """A connector to it, with settings beside the usual ones."""
    counter = iter(range(1, 1_000_000))
    return DMoney(
        _setup(tuple({**SETTINGS, **settings}.items())),
        outbound=scripted,
        clock=lambda: NOW,
        random_bits=lambda _: next(counter),
    )


@cache
def _setup(settings: tuple[tuple[str, str], ...]) -> Setup:
    """Read once for all tests: checking a private key takes long."""
    return setup_from(PROFILE, dict(settings))


def dmoney_saying(*said: Says, **settings: str) -> tuple[Operator, Scripted]:
    """A connector to a D-Money that answers so, and that D-Money."""
    scripted = Scripted(*said)
    return connected(scripted, **settings), scripted


def callback_of(body: object) -> RawCallback:
    """A notification with this JSON, or these bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawCallback("POST", "", (("content-type", "application/json"),), raw, "192.0.2.7")
