"""A Flooz that says what a test tells it to, for what no simulator does on purpose."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Final, TypeAlias

from cross.domain.money import xof
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LegRequest, Operator
from cross.operators import flooz
from cross.outbound import HttpRequest, HttpResponse, NoAnswer

NOW: Final = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
REFERENCE: Final = "CRX01HZX4T5J0000000000000000D"
REQUEST: Final = LegRequest(
    reference=REFERENCE,
    wallet=Msisdn("+22896112233"),
    money=xof(1500),
    movement="trf_01HZX4T5J0000000000000000",
    description="Transfert Cross",
    requested_at=NOW,
)
SETTINGS: Final = {
    "base_url": "https://flooz.example",
    "username": "cross",
    "password": "cross-secret",
    "aes_key": "0123456789abcdef0123456789abcdef",
    "merchant_key": "CROSSKEY",
    "merchant_name": "CROSS",
    "partner_msisdn": "22800000042",
}

Says: TypeAlias = HttpResponse | NoAnswer


def answer(content: object, *, status: int = 200) -> HttpResponse:
    """An answer with this JSON."""
    return HttpResponse(status, json.dumps(content).encode())


class Scripted:
    """Answers as told, the last answer for ever; keeps what was asked."""

    def __init__(self, *says: Says) -> None:
        self._left = list(says)
        self.asked: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        self.asked.append(request)
        said = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        if isinstance(said, NoAnswer):
            raise said
        return said


def connected(scripted: Scripted, **settings: str) -> Operator:
    """A connector to it, with settings beside the usual ones."""
    return flooz.connect(
        outbound=scripted,
        settings={**SETTINGS, **settings},
        clock=lambda: NOW,
        random_bits=lambda bits: (1 << bits) - 1,
    )


def flooz_saying(*said: Says, **settings: str) -> tuple[Operator, Scripted]:
    """A connector to a Flooz that answers so, and that Flooz."""
    scripted = Scripted(*said)
    return connected(scripted, **settings), scripted
