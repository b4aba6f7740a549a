"""The way to D-Money: a token and a signature on each request, another token once if refused."""

import json
from collections.abc import Mapping
from http.client import NOT_FOUND
from typing import Final

from cross.clock import Clock
from cross.connector.asking import about_the_leg, ask
from cross.connector.tokens import Token, Tokens
from cross.domain.ids import RandomBits
from cross.domain.operator import Unknown
from cross.operators.dmoney import wire
from cross.operators.dmoney.login import Login
from cross.operators.dmoney.reader import Answer, read_answer, refuses_token
from cross.operators.dmoney.setup import Setup
from cross.operators.dmoney.signing import is_ambiguous, signed
from cross.outbound import HttpRequest, Outbound

_NONCE_BITS: Final = 128  # operators.md 5.4: at most 32 characters, here hexadecimal ones
_VERSION: Final = "1.0"  # operators.md 5.4
_QUERY_PATH: Final = "/payment/v1/merchant/queryOrder"  # operators.md 5.1, behind the prefix
_DOCUMENTED_QUERY_PATH: Final = "/apiaccess/payment/v1/merchant/queryOrder"  # operators.md 5.1
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Gateway:
    """Asks with a token. Every try is signed anew: a nonce counts once."""

    def __init__(
        self, setup: Setup, *, outbound: Outbound, clock: Clock, random_bits: RandomBits
    ) -> None:
        self._setup = setup
        self._outbound = outbound
        self._clock = clock
        self._random_bits = random_bits
        self._login = Login(setup, outbound=outbound, clock=clock)
        self._tokens = Tokens(fetch=self._login.fetch, clock=clock)

    async def effect(self, path: str, method: str, content: Mapping[str, str]) -> Answer | Unknown:
        """The answer to a request that may move money: one path, never another (F-O23)."""
        return await self._ask((self._setup.base_url, path), method, content)

    async def query(self, content: Mapping[str, str]) -> Answer | Unknown:
        """The answer to queryOrder; on the documented path where the usual one is not there."""
        base = self._setup.query_base_url
        answer = await self._ask((base, _QUERY_PATH), wire.QUERY, content)
        if isinstance(answer, Unknown) or answer.status != NOT_FOUND:
            return answer
        return await self._ask((base, None), wire.QUERY, content)

    def stamp(self) -> tuple[str, str]:
        """A time stamp in seconds and a nonce of this moment."""
        return str(int(self._clock().timestamp())), f"{self._random_bits(_NONCE_BITS):032x}"

    async def _ask(
        self, place: tuple[str, str | None], method: str, content: Mapping[str, str]
    ) -> Answer | Unknown:
        """The answer; the same request is repeated once where its token was refused.

        That is right because the gateway looks at the token before it does anything
        (`refuses_token`). What follows is never `sent=False`: the first request did leave.
        """
        token = await self._tokens.current()
        if isinstance(token, Unknown):
            return token
        answer = await self._send(place, method, content, token)
        if isinstance(answer, Unknown) or not refuses_token(answer):
            return answer
        token = await self._tokens.instead_of(token)
        if isinstance(token, Unknown):
            return about_the_leg(token)
        answer = await self._send(place, method, content, token)
        return about_the_leg(answer) if isinstance(answer, Unknown) else answer

    async def _send(
        self, place: tuple[str, str | None], method: str, content: Mapping[str, str], token: Token
    ) -> Answer | Unknown:
        base, path = place
        url = base + (_DOCUMENTED_QUERY_PATH if path is None else self._login.prefix + path)
        deadline = self._setup.profile.answer_timeout_seconds
        body = self._body(method, content)
        answer = await ask(self._outbound, HttpRequest("POST", url, token.headers, body, deadline))
        return answer if isinstance(answer, Unknown) else read_answer(answer)

    def _body(self, method: str, content: Mapping[str, str]) -> bytes:
        timestamp, nonce = self.stamp()
        for name, value in content.items():
            if not value or is_ambiguous(value):
                raise ValueError(f"{name} must not be signed as it is (operators.md 7b)")
        fields = {
            "timestamp": timestamp,
            "nonce_str": nonce,
            "method": method,
            "version": _VERSION,
            "biz_content": content,
        }
        return _encode(signed(fields, self._setup.keys.ours)).encode()
