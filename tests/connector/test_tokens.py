import asyncio
from datetime import UTC, datetime, timedelta

from cross.connector.tokens import Token, Tokens
from cross.domain.operator import Unknown

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Issuer:
    """Issues tokens that are good for an hour, as slowly as the event loop allows."""

    def __init__(self) -> None:
        self.now = START
        self.issued = 0
        self.silent = False
        self.release = asyncio.Event()
        self.release.set()

    def clock(self) -> datetime:
        return self.now

    async def fetch(self) -> Token | Unknown:
        self.issued += 1
        serial = self.issued
        await self.release.wait()
        if self.silent:
            return Unknown("no token", sent=False)
        return Token((("Authorization", f"token {serial}"),), self.now + timedelta(hours=1))


def token_number(token: Token | Unknown) -> str:
    assert isinstance(token, Token)
    return token.headers[0][1]


def test_fifty_callers_who_need_a_token_at_once_cause_one_fetch() -> None:
    async def story() -> None:
        issuer = Issuer()
        tokens = Tokens(fetch=issuer.fetch, clock=issuer.clock)

        given = await asyncio.gather(*(tokens.current() for _ in range(50)))

        assert [token_number(token) for token in given] == ["token 1"] * 50
        assert issuer.issued == 1

    asyncio.run(story())


def test_a_token_is_kept_until_its_time_and_then_renewed_once() -> None:
    async def story() -> None:
        issuer = Issuer()
        tokens = Tokens(fetch=issuer.fetch, clock=issuer.clock)
        first = await tokens.current()

        issuer.now += timedelta(minutes=59, seconds=59)
        assert await tokens.current() is first

        issuer.now += timedelta(seconds=1)
        assert token_number(await tokens.current()) == "token 2"
        assert issuer.issued == 2

    asyncio.run(story())


def test_callers_whose_token_was_refused_share_the_next_one() -> None:
    async def story() -> None:
        issuer = Issuer()
        tokens = Tokens(fetch=issuer.fetch, clock=issuer.clock)
        refused = await tokens.current()
        assert isinstance(refused, Token)

        given = await asyncio.gather(*(tokens.instead_of(refused) for _ in range(50)))
        late = await tokens.instead_of(refused)

        assert {token_number(token) for token in (*given, late)} == {"token 2"}

    asyncio.run(story())


def test_callers_share_a_failure_and_the_next_caller_tries_again() -> None:
    async def story() -> None:
        issuer = Issuer()
        issuer.silent = True
        tokens = Tokens(fetch=issuer.fetch, clock=issuer.clock)

        given = await asyncio.gather(*(tokens.current() for _ in range(50)))
        assert given == [Unknown("no token", sent=False)] * 50
        assert issuer.issued == 1

        issuer.silent = False
        assert token_number(await tokens.current()) == "token 2"

    asyncio.run(story())


def test_a_caller_who_gives_up_does_not_take_the_token_from_the_others() -> None:
    async def story() -> None:
        issuer = Issuer()
        issuer.release.clear()
        tokens = Tokens(fetch=issuer.fetch, clock=issuer.clock)
        first = asyncio.ensure_future(tokens.current())
        second = asyncio.ensure_future(tokens.current())
        await asyncio.sleep(0)

        first.cancel()
        issuer.release.set()

        assert token_number(await second) == "token 1"
        assert first.cancelled()

    asyncio.run(story())
