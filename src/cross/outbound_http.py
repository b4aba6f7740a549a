"""The door out over real HTTP, through aiohttp: the only module that opens a connection."""

import asyncio
import ssl
from typing import Final

import aiohttp

from cross.outbound import ANSWER_BYTES_MAX, HttpRequest, HttpResponse, NoAnswer

CONNECTIONS_MAX: Final = 512
IDLE_SECONDS: Final = 15.0

_NEVER_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


class AiohttpOutbound:
    """Sends requests over pooled connections; make it within a running loop, and close it."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS_MAX,
            keepalive_timeout=IDLE_SECONDS,
            ssl=True if tls is None else tls,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("User-Agent", "Accept-Encoding"),
        )

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The whole answer within the deadline; raises `NoAnswer`."""
        try:
            async with asyncio.timeout(request.deadline_seconds):
                return await self._exchange(request)
        except TimeoutError as error:
            never = isinstance(error, _NEVER_SENT)
            raise NoAnswer("no answer within the deadline", sent=not never) from None
        except _NEVER_SENT as error:
            raise NoAnswer(type(error).__name__, sent=False) from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise NoAnswer(type(error).__name__, sent=True) from None

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        async with self._session.request(
            request.method,
            request.url,
            data=request.body or None,
            headers=request.headers,
            allow_redirects=False,
        ) as answer:
            body = await answer.content.read(ANSWER_BYTES_MAX + 1)
            while len(body) <= ANSWER_BYTES_MAX and (more := await answer.content.read(65_536)):
                body += more
            if len(body) > ANSWER_BYTES_MAX:
                raise NoAnswer("the answer is too long", sent=True)
            return HttpResponse(answer.status, body, tuple(answer.headers.items()))

    async def close(self) -> None:
        """Closes every connection."""
        await self._session.close()
