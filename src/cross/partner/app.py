"""The gateway as one ASGI application: its addresses, what failed, what is noted of a request."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from traceback import extract_tb
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import structlog

from cross.clock import monotonic_seconds
from cross.domain.errors import SwitchUnavailable
from cross.domain.movement import Movement
from cross.domain.steps import is_final
from cross.gateway_settings import MbankingSettings
from cross.partner import openapi, signing_in, version1, version2
from cross.partner.access import Access
from cross.partner.asking import Asked, Receive, Scope, TooLong, Unreadable, read
from cross.partner.desk import Desk, Handler
from cross.partner.replies import Reply, refusal_of
from cross.switch import partners, request_logs
from cross.switch.kept_requests import Seen
from cross.switch.partner_words import EN_ATTENTE, MESSAGES, SERVER_ERROR
from cross.switch.switch import Switch
from cross.switch.views import encoded

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PLACES: Final = ("/mbanking/", "/oauth2/", "/api/tmoney/")
"""Where the gateway is."""

CHECK_WITH_KEY: Final = "/api/tmoney/check/{idRequete}"
UNKNOWN: Final = "unknown"
NOT_FOUND: Final = 404
NOT_ALLOWED: Final = 405
MISTAKE: Final = 500

_CREDITS: Final = ("credit", "bankcashin")
_DEBITS: Final = ("debit", "bankcashout")
_CHECKS: Final = ("check", "check-transaction")

ROUTES: Final[Mapping[str, Mapping[str, Handler]]] = MappingProxyType(
    {
        "/mbanking/login": {"POST": signing_in.log_in},
        "/oauth2/token": {"POST": signing_in.give_token},
        "/mbanking/openapi.json": {"GET": openapi.give},
        **{f"/mbanking/v1/{name}": {"GET": version1.credit} for name in _CREDITS},
        **{f"/mbanking/v1/{name}": {"GET": version1.debit} for name in _DEBITS},
        **{f"/mbanking/v1/{name}": {"GET": version1.check} for name in _CHECKS},
        **{f"/mbanking/v2/{name}": {"POST": version2.credit} for name in _CREDITS},
        **{f"/mbanking/v2/{name}": {"POST": version2.debit} for name in _DEBITS},
        **{
            f"/mbanking/v2/{name}": {"GET": version2.check, "POST": version2.check}
            for name in _CHECKS
        },
        "/api/tmoney/credit": {"POST": version2.credit_with_key},
        "/api/tmoney/debit": {"POST": version2.debit_with_key},
        CHECK_WITH_KEY: {"GET": version2.check_with_key},
    }
)
"""Every address, and what answers there by method."""

log = structlog.get_logger("cross.partner")


class Gateway:
    """The application; whoever runs it opens the switch before and closes it after.

    Raises `ValueError` where an API manager's keys cannot be read.
    """

    def __init__(self, switch: Switch, settings: MbankingSettings) -> None:
        self._switch = switch
        self._desk = Desk(switch, Access(switch, settings), settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; no path that is noted, and no log, has a query in it (S-LOG-02)."""
        began_at = monotonic_seconds()
        path = _route(scope["path"])
        request_id = self._switch.new_id("req")
        asked, reply = await self._answered(scope, receive, path, request_id)
        seconds = monotonic_seconds() - began_at
        scope["has_key"] = reply.party is not None
        seen = Seen(
            scope["method"],
            path,
            reply.status,
            reply.code,
            seconds,
            request_id,
            None if reply.party is None else reply.party.merchant,
            livemode=self._switch.settings.livemode,
            peer=None if asked is None else asked.peer,
        )
        request_logs.note(self._switch, seen)
        is_heard = not await _is_gone(receive) if reply.credit is not None else True
        await _send(send, reply, request_id)
        if reply.credit is not None:
            self._switch.spawn(self._see_to_callback(reply.credit, is_heard=is_heard))

    async def _see_to_callback(self, credit: Movement, *, is_heard: bool) -> None:
        """Who left before the answer is called back at once; who heard the end is not told again.

        A connection that broke without a word looks as if it were heard: the bank then checks.
        """
        if not is_heard:
            with suppress(SwitchUnavailable):  # then after a while: the books see to it
                await partners.owe_callback(self._switch, credit)
        elif is_final(credit):
            await partners.take_callback_back(self._switch, credit)

    async def _answered(
        self, scope: Scope, receive: Receive, path: str, request_id: str
    ) -> tuple[Asked | None, Reply]:
        handlers = ROUTES.get(path)
        if handlers is None:
            return None, _no_such(NOT_FOUND)
        if scope["method"] not in handlers:
            return None, _no_such(NOT_ALLOWED, allowed=", ".join(handlers))
        try:
            asked = await read(scope, receive, self._switch.settings.trusted_proxies)
        except (TooLong, Unreadable) as error:
            refusal = refusal_of(error)
            return None, Reply(
                _failure(refusal.code, refusal.description), refusal.status, code=refusal.because
            )
        try:
            return asked, await handlers[scope["method"]](self._desk, asked)
        except Exception as error:  # noqa: BLE001  the top of the server: no bank sees a trace
            frames = [f"{f.filename}:{f.lineno}" for f in extract_tb(error.__traceback__)]
            log.error("failed", error=type(error).__name__, at=frames, request_id=request_id)  # noqa: TRY400
            failure = {**_failure(SERVER_ERROR, "Erreur interne"), "statutRequete": EN_ATTENTE}
            return asked, Reply(failure, MISTAKE, code="internal")


def _route(path: str) -> str:
    """The address as it is known: an id in it is none of its name."""
    if path.startswith(version2.CHECK):
        return CHECK_WITH_KEY
    return path if path in ROUTES else UNKNOWN


def _no_such(status: int, *, allowed: str = "") -> Reply:
    headers = {"allow": allowed} if allowed else {}
    description = "Methode non permise" if allowed else "Adresse inconnue"
    return Reply(_failure(SERVER_ERROR, description), status, headers, "unknown_path")


def _failure(code: str, description: str) -> dict[str, str]:
    return {"code": code, "message": MESSAGES[code], "description": description}


async def _is_gone(receive: Receive) -> bool:
    """Whether the caller's connection has ended; its request is read by now."""
    try:
        async with asyncio.timeout(0):
            return bool((await receive())["type"] == "http.disconnect")
    except TimeoutError:
        return False


async def _send(send: Send, reply: Reply, request_id: str) -> None:
    body = encoded(reply.content).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
        **reply.headers,
    }
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
