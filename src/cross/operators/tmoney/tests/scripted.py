"""A TMoney that says what a test tells it to, for what no simulator does on purpose."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from cross.domain.money import xof
from cross.domain.msisdn import Msisdn
from cross.domain.operator import LegRequest, Operator
from cross.operators import tmoney
from cross.outbound import HttpRequest, HttpResponse, NoAnswer

NOW: Final = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
REFERENCE: Final = "CRX01HZX3T5J0000000000000000D"
REQUEST: Final = LegRequest(
    reference=REFERENCE,
    wallet=Msisdn("+22890112233"),
    money=xof(1500),
    movement="trf_01HZX3T5J0000000000000000",
    description="Transfert Cross",
    requested_at=NOW,
)
SETTINGS: Final = {
    "login_url": "https://gate.example",
    "credit_url": "https://gate.example",
    "debit_url": "https://push.example",
    "nomUtilisateur": "cross",
    "motDePasse": "cross-secret",
}

Says: TypeAlias = HttpResponse | NoAnswer


def answer(content: object, *, status: int = 200) -> HttpResponse:
    """An answer with this JSON."""
    return HttpResponse(status, json.dumps(content).encode())


def login(token: str) -> HttpResponse:
    """A login that gives this token."""
    good = {"code": "2000", "description": "Succes"}
    return answer({"statut": good, "status": good, "data": {"token": token}})


def jwt(claims: object) -> str:
    """A JWT with these claims and a signature of nobody's."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


class Scripted:
    """Answers logins with tokens 1, 2, 3… and everything else as told; keeps what was asked."""

    def __init__(self, says: Callable[[HttpRequest], Says]) -> None:
        self._says = says
        self.logins: list[HttpRequest] = []
        self.asked: list[HttpRequest] = []
        self.login_says: Says | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        if request.url.endswith("/login"):
            self.logins.append(request)
            said = self.login_says or login(f"Bearer jwt-{len(self.logins)}")
        else:
            self.asked.append(request)
            said = self._says(request)
        if isinstance(said, NoAnswer):
            raise said
        return said


def tmoney_saying(*said: Says) -> tuple[Operator, Scripted]:
    """A connector to a TMoney that answers so, the last answer for ever, and that TMoney."""
    left = list(said)
    scripted = Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])
    return connected(scripted), scripted


def connected(scripted: Scripted, now: Callable[[], datetime] = lambda: NOW) -> Operator:
    """A connector to it."""
    return tmoney.connect(outbound=scripted, settings=SETTINGS, clock=now, random_bits=lambda _: 0)


def acknowledgement(**changed: object) -> dict[str, object]:
    """That a request was taken, in the words of the document."""
    echoed = {
        "idRequete": REFERENCE,
        "refCommande": REQUEST.movement,
        "dateHeureRequete": "2026-11-22 10:15:00",
    }
    return {"code": "2000", "message": "Demande en cours", "description": "", **echoed, **changed}


def transaction(**changed: object) -> dict[str, object]:
    """A debit that was done, as a callback or a query tells of it."""
    return {
        **acknowledgement(code="2002", message="Transaction completed"),
        "description": REQUEST.description,
        "refTmoney": "104455667",
        "dateHeureTmoney": "2026-11-22 10:15:41",
        "statutRequete": "SUCCES",
        "typeRequete": "DEBIT",
        "montant": 1500,
        "numeroClient": "22890112233",
        "idPartenaire": "42",
        "nomPartenaire": "CROSS",
        **changed,
    }


def credited(**changed: object) -> dict[str, object]:
    """A credit that was done, in the same words."""
    return transaction(**{"code": "2000", "typeRequete": "CREDIT", "soldePartenaire": 9, **changed})
