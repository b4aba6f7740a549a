"""A partner bank at the gateway: what it asks for, in both versions, and what it was told."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.simulation.asgi import Receive, Scope, Send

BANK: Final = "http://bank"
GATEWAY: Final = "http://switch"
USERNAME: Final = "banque-simulee"
PASSWORD: Final = "un mot de passe"
MERCHANTID: Final = "2000000000000002"
PATIENCE_SECONDS: Final = 45.0
NOT_LET_IN: Final = 401
TRIES_MAX: Final = 5
CHECKS_MAX: Final = 60
CHECK_EVERY_SECONDS: Final = 20.0

SUCCEEDED: Final = "SUCCES"
FAILED: Final = "ECHEC"
WAITS: Final = "EN ATTENTE"
_OF_RESULT: Final[Mapping[str, str]] = {"0": SUCCEEDED, "500": FAILED, "501": FAILED}


@dataclass(frozen=True, slots=True)
class Wish:
    """One operation that the bank wants; `copies` are asked at once, each `tries` times."""

    id: str
    operation: str
    version: int
    wallet: str
    amount: int
    at_seconds: float
    copies: int
    tries: int


@dataclass
class Words:
    """What the bank was told of each of its ids: by answers and checks, and by callbacks."""

    said: dict[str, list[str]] = field(default_factory=dict)
    called_back: dict[str, list[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)


def wishes_of(random: Random, count: int, wallets: list[str]) -> list[Wish]:
    """The operations of a seed."""
    return [
        Wish(
            id=f"BQ-{number}",
            operation=random.choice(("credit", "debit")),
            version=random.choice((1, 2)),
            wallet=random.choice(wallets),
            amount=random.randint(100, 3_000),
            at_seconds=random.uniform(0.0, 60.0),
            copies=random.choice((1, 1, 2, 3)),
            tries=random.choice((1, TRIES_MAX)),
        )
        for number in range(count)
    ]


class Bank:
    """Asks over the network, and takes callbacks as an ASGI application."""

    def __init__(self, outbound: Outbound, random: Random) -> None:
        self._outbound = outbound
        self._random = random
        self._token = ""
        self.words = Words()
        self.asked: list[Wish] = []

    async def want(self, wish: Wish) -> None:
        """Ask for one operation, as often as the wish says."""
        await asyncio.sleep(wish.at_seconds)
        self.asked.append(wish)
        await asyncio.gather(*[self._ask(wish) for _ in range(wish.copies)])

    async def settle(self) -> None:
        """Check everything that was asked until each has an end, or was never taken."""
        for wish in self.asked:
            for _ in range(CHECKS_MAX):
                answer = await self._check(wish)
                if answer is not None and self._heard(wish, answer) != WAITS:
                    break
                await asyncio.sleep(CHECK_EVERY_SECONDS)
            else:
                self.words.strange.append(f"I-21 the bank is not told what became of {wish.id}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes one callback."""
        del scope
        told = json.loads((await receive())["body"])
        self.words.called_back.setdefault(told["idRequete"], []).append(told["statutRequete"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"code":"2001"}'})

    async def _ask(self, wish: Wish) -> None:
        for tried in range(wish.tries):
            answer = await self._operate(wish)
            if answer is not None and self._heard(wish, answer) != WAITS:
                return
            await asyncio.sleep(self._random.uniform(0.5, 2.0 ** (tried + 1)))

    async def _operate(self, wish: Wish) -> HttpResponse | None:
        if wish.version == 1:
            query = {**_of_version1(wish), "client": wish.wallet, "amount": wish.amount}
            query["currency"] = "952"
            return await self._send("GET", f"/mbanking/v1/{wish.operation}?{urlencode(query)}")
        fields = {
            "idRequete": wish.id,
            "numeroClient": wish.wallet,
            "montant": wish.amount,
            "refCommande": "CMD",
            "dateHeureRequete": "2026-11-22 10:15:00",
            "description": "Operation",
        }
        return await self._with_token("POST", f"/mbanking/v2/{wish.operation}", fields)

    async def _check(self, wish: Wish) -> HttpResponse | None:
        if wish.version == 1:
            return await self._send("GET", f"/mbanking/v1/check?{urlencode(_of_version1(wish))}")
        return await self._with_token("POST", "/mbanking/v2/check", {"idRequete": wish.id})

    async def _with_token(self, method: str, path: str, fields: object) -> HttpResponse | None:
        if not self._token:
            await self._log_in()
        answer = await self._send(method, path, fields)
        if answer is not None and answer.status == NOT_LET_IN:
            await self._log_in()
            answer = await self._send(method, path, fields)
        return answer

    async def _log_in(self) -> None:
        names = {"nomUtilisateur": USERNAME, "motDePasse": PASSWORD}
        answer = await self._send("POST", "/mbanking/login", names)
        told = {} if answer is None else json.loads(answer.body)
        self._token = told["data"]["token"] if "data" in told else ""

    def _heard(self, wish: Wish, answer: HttpResponse) -> str:
        """What an answer says of the id: that it has an end, or that it waits.

        A refusal without a reference says only that nothing was taken that time.
        """
        told = json.loads(answer.body)
        if wish.version == 1:
            word, known = _OF_RESULT.get(told["result"], WAITS), bool(told["transactionid"])
            never = told["result"] == "5000" and answer.status == 200
        else:
            word, known = told.get("statutRequete", WAITS), bool(told.get("refTmoney"))
            never = told.get("total") == 0 or (told.get("code") == "5000" and answer.status == 200)
        if known and word != WAITS:
            self.words.said.setdefault(wish.id, []).append(word)
            return str(word)
        if known:
            return WAITS
        return FAILED if never or (word == FAILED and answer.status == 200) else WAITS

    async def _send(self, method: str, path: str, fields: object = None) -> HttpResponse | None:
        body = b"" if fields is None else json.dumps(fields).encode()
        headers = (("authorization", self._token),) if self._token else ()
        request = HttpRequest(method, GATEWAY + path, headers, body, PATIENCE_SECONDS)
        try:
            return await self._outbound.send(request)
        except NoAnswer:
            return None


def _of_version1(wish: Wish) -> dict[str, Any]:
    return {"merchantid": MERCHANTID, "password": PASSWORD, "referenceid": wish.id}
