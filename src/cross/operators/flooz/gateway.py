"""The way to Flooz's JSON service: a token on each request, another once if it is refused."""

from cross.connector.asking import about_the_leg, ask
from cross.connector.tokens import Token, Tokens
from cross.domain.operator import Unknown
from cross.operators.flooz import wire
from cross.outbound import HttpRequest, Outbound


class Gateway:
    """Asks with a token."""

    def __init__(self, outbound: Outbound, tokens: Tokens, *, deadline_seconds: float) -> None:
        self._outbound = outbound
        self._tokens = tokens
        self._deadline = deadline_seconds

    async def ask(self, url: str, body: bytes) -> wire.Answer | Unknown:
        """The answer; the same request is repeated once where its token was refused.

        That is right only because the refusal of a token is definite (`wire.refuses_token`). What
        follows is never `sent=False`: the first request did leave.
        """
        token = await self._tokens.current()
        if isinstance(token, Unknown):
            return token
        answer = await self._send(url, body, token)
        if isinstance(answer, Unknown) or not wire.refuses_token(answer):
            return answer
        other = await self._tokens.instead_of(token)
        if isinstance(other, Unknown):
            return about_the_leg(other)
        if other.headers == token.headers:
            return answer  # a static token: there is no other to show
        answer = await self._send(url, body, other)
        return about_the_leg(answer) if isinstance(answer, Unknown) else answer

    async def _send(self, url: str, body: bytes, token: Token) -> wire.Answer | Unknown:
        request = HttpRequest("POST", url, token.headers, body, self._deadline)
        answer = await ask(self._outbound, request)
        return answer if isinstance(answer, Unknown) else wire.read_answer(answer)
