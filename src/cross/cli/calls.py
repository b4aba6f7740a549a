"""HTTP calls to a switch and to simulators: JSON both ways, failures as sentences."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cross.cli.screen import NOT_FINAL, USAGE, Failed
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound
from cross.outbound_http import HttpOutbound
from cross.settings import TerminalSettings

DEADLINE_SECONDS: Final = 30.0
TRIES: Final = 4
JSON: Final = "application/json"
ANSWER_BYTES_READ: Final = 4 * 1024 * 1024
"""The result file of 1 000 payouts, each with the longest texts it may have, is less than two."""

_AGAIN: Final = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_NOT_SOON: Final = (
    *("velocity_exceeded", "operator_stopped", "operator_unavailable", "too_many_wrong_pins"),
    "quarantined",
)
"""Refusals that hold for longer than anybody waits at a terminal."""

_NOTHING_STORED: Final = ("overloaded", "rate_limited")
"""What proves, each time that it is said, that nothing was accepted (I-31)."""


@dataclass(frozen=True, slots=True)
class Calls:
    """One server, the key for it, and headers that go with every call."""

    outbound: Outbound
    url: str
    key: str | None = None
    pause_seconds: float = 0.5
    also: tuple[tuple[str, str], ...] = ()
    is_live_meant: bool = True

    async def get(self, path: str, query: Mapping[str, str | None] | None = None) -> Any:  # noqa: ANN401  JSON
        """What is there; raises `Failed` for a refusal and for silence."""
        words = {name: value for name, value in (query or {}).items() if value is not None}
        return await self._call("GET", f"{path}?{urlencode(words)}" if words else path)

    async def every(self, path: str, query: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """All there is of a list, page after page."""
        cursor: str | None = None
        while True:
            page = await self.get(path, {**query, "limit": "100", "starting_after": cursor})
            for one in page["data"]:
                yield one
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return

    async def put(self, path: str, content: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
        """What is there after it was changed."""
        return await self._call("PUT", path, json.dumps(content).encode())

    async def delete(self, path: str) -> Any:  # noqa: ANN401  JSON
        """The answer to a deletion."""
        return await self._call("DELETE", path)

    async def post(self, path: str, content: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401  JSON
        """The answer to an act that may be repeated."""
        return await self._call("POST", path, json.dumps(content or {}).encode())

    async def open(self, path: str, content: Mapping[str, Any], *, key: str | None) -> Any:  # noqa: ANN401  JSON
        """Opens a movement once, however often its request must be sent: one Idempotency-Key."""
        return await self.upload(path, json.dumps(content).encode(), JSON, key=key)

    async def upload(self, path: str, body: bytes, media_type: str, *, key: str | None) -> Any:  # noqa: ANN401  JSON
        """As `open`, of a body as it is."""
        self._require_live_meant()
        idempotency_key = key or f"cli-{secrets.token_hex(16)}"
        headers = (("Idempotency-Key", idempotency_key),)
        refusals = 0
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(self.pause_seconds * 2**attempt)
            try:
                response = await self._send("POST", path, body, headers, media_type=media_type)
            except NoAnswer as silence:
                if not silence.sent and not attempt:
                    raise self._unreachable(silence) from None
                continue
            refusals += _says_one_of(response, _NOTHING_STORED)
            if not _is_unfinished(response) or refusals == TRIES:
                return self._content(response)
        raise Failed(
            fr=f"pas de réponse de {self.url} : peut-être accepté. Même clé pour redemander : "
            f"--key {idempotency_key}",
            en=f"no answer from {self.url}: it may have been accepted. Ask again with the same key:"
            f" --key {idempotency_key}",
            code=NOT_FINAL,
        )

    async def text(self, path: str) -> bytes:
        """What is there and is no JSON, as it is."""
        try:
            response = await self._send("GET", path, b"")
        except NoAnswer as silence:
            raise self._unreachable(silence) from None
        return response.body if response.status == HTTPStatus.OK else self._content(response)

    async def _call(self, method: str, path: str, body: bytes = b"") -> Any:  # noqa: ANN401  JSON
        try:
            return self._content(await self._send(method, path, body))
        except NoAnswer as silence:
            raise self._unreachable(silence) from None

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: tuple[tuple[str, str], ...] = (),
        *,
        media_type: str = JSON,
    ) -> HttpResponse:
        with_key = () if self.key is None else (("Authorization", f"Bearer {self.key}"),)
        typed = (("Content-Type", media_type),) if body else ()
        return await self.outbound.send(
            HttpRequest(
                method,
                self.url + path,
                (*with_key, *self.also, *typed, *headers),
                body,
                DEADLINE_SECONDS,
            )
        )

    def _content(self, response: HttpResponse) -> Any:  # noqa: ANN401  JSON
        try:
            content = json.loads(response.body)
        except ValueError:
            content = None
        if response.status < HTTPStatus.BAD_REQUEST and content is not None:
            return content
        raise _refused(self.url, response.status, content if isinstance(content, dict) else {})

    def _require_live_meant(self) -> None:
        if not self.is_live_meant and (self.key or "").startswith("sk_live_"):
            raise Failed(
                fr="cette clé déplace de l'argent réel : --live",
                en="this key moves real money: --live",
                code=USAGE,
            )

    def _unreachable(self, silence: NoAnswer) -> Failed:
        return Failed(
            fr=f"pas de réponse de {self.url} ({silence.detail}) : est-il en marche ? --api-url, "
            "CROSS_API_URL, ou `cross sandbox`",
            en=f"no answer from {self.url} ({silence.detail}): is it running? --api-url, "
            "CROSS_API_URL, or `cross sandbox`",
        )


@asynccontextmanager
async def reach(
    api_url: str | None, api_key: str | None, *, live: bool = False
) -> AsyncIterator[Calls]:
    """The switch that the flags or the environment name, or else the running sandbox."""
    sandbox = running_sandbox() if api_url is None or api_key is None else {}
    if api_key is None and api_url not in (None, sandbox.get("api_url")):
        sandbox = {}  # the sandbox's key is for the sandbox
    url, key = api_url or sandbox.get("api_url"), api_key or sandbox.get("api_key")
    if url is None or key is None:
        missing = "--api-url / CROSS_API_URL" if url is None else "--api-key / CROSS_API_KEY"
        raise Failed(
            fr=f"quel commutateur ? Donnez {missing}, ou lancez `cross sandbox`",
            en=f"which switch? Give {missing}, or start `cross sandbox`",
        )
    if urlsplit(url).scheme not in ("http", "https"):
        raise Failed(
            fr=f"--api-url : {url} n'est pas une adresse http",
            en=f"--api-url: {url} is not an http address",
        )
    async with opened_outbound() as outbound:
        yield Calls(outbound, url.rstrip("/"), key, is_live_meant=live)


@asynccontextmanager
async def opened_outbound() -> AsyncIterator[HttpOutbound]:
    """The door out, closed at the end."""
    outbound = HttpOutbound(read_bytes=ANSWER_BYTES_READ)
    try:
        yield outbound
    finally:
        await outbound.close()


def running_sandbox() -> dict[str, str]:
    """What `cross sandbox` left for other commands; empty where none runs."""
    try:
        content = json.loads(TerminalSettings().sandbox_file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_unfinished(response: HttpResponse) -> bool:
    """Whether asking on may help: a stop, or a limit used up, does not end while we wait."""
    if response.status == HTTPStatus.CONFLICT:
        return _says_one_of(response, ("request_in_progress",))
    return response.status in _AGAIN and not _says_one_of(response, _NOT_SOON)


def _says_one_of(response: HttpResponse, codes: Iterable[str]) -> bool:
    return any(f'"{code}"'.encode() in response.body for code in codes)


def _refused(url: str, status: int, problem: dict[str, Any]) -> Failed:
    said = problem.get("detail") or problem.get("title") or problem.get("error") or "?"
    words = problem.get("user_message")
    in_french = words.get("fr", "") if isinstance(words, dict) else ""
    where = f" [{problem['param']}]" if problem.get("param") else ""
    known = f"{problem.get('code', f'HTTP {status}')}{where}"
    if not problem:
        known, said = f"HTTP {status}", url
    return Failed(
        fr=f"{known} : {in_french} ({said})" if in_french else f"{known} : {said}",
        en=f"{known}: {said}",
        problem=problem or {"status": status},
    )
