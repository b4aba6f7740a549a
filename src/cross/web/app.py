"""The payer's pages as one ASGI application: addresses, refusals, and what failed."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from traceback import extract_tb
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import structlog

from cross.domain.errors import CrossError, NotFound, SwitchUnavailable
from cross.domain.order_refusals import TooManyAttempts
from cross.storage.store import StoreUnavailable
from cross.switch import order_log, orders
from cross.switch.order_log import Note
from cross.switch.projection import Standing
from cross.switch.switch import Switch
from cross.web import checkout, payment_links, progress, receipts, results
from cross.web.asking import Asked, Receive, Scope, read
from cross.web.rendering import Renderer, Reply, Screen
from cross.web.site import Site
from cross.web.stages import Stage, stage_of

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PLACES: Final = ("/pay/", "/l/", "/r/", "/v/")
"""Where the pages are."""

RETRY_AFTER_SECONDS: Final = "60"
UNAVAILABLE: Final = 503

SHOWN: Final = MappingProxyType(
    {
        Stage.CHECKOUT: checkout.show,
        Stage.WAITING: progress.waiting,
        Stage.PREPARING: progress.preparing,
        Stage.HANDOVER: progress.handover,
        Stage.VERIFYING: progress.verifying,
        Stage.FAILED: results.failed,
        Stage.DONE: results.done,
        Stage.EXPIRED: results.expired,
        Stage.CANCELED: results.canceled,
    }
)

METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "GET, HEAD, POST",
        "status": "GET, HEAD",
        "go": "POST",
        "return": "GET, HEAD, POST",
        "left": "GET, HEAD, POST",
    }
)
"""What each part of a checkout address takes."""

log = structlog.get_logger("cross.web")


class NotAllowed(Exception):
    """A method that the address does not take; `allowed` are those that it does."""

    def __init__(self, allowed: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed


class FromElsewhere(Exception):
    """A form that another site's page sent."""


REFUSED: Final[Mapping[type[Exception], tuple[str, int]]] = MappingProxyType(
    {
        NotFound: ("missing", 404),
        FromElsewhere: ("refused", 403),
        TooManyAttempts: ("often", 429),
        SwitchUnavailable: ("away", UNAVAILABLE),
        StoreUnavailable: ("away", UNAVAILABLE),
    }
)
"""What a refusal is called in the words, and its status."""


class Pages:
    """The application; whoever runs it opens the switch before and closes it after."""

    def __init__(self, switch: Switch, *, frame_ancestors: str) -> None:
        renderer = Renderer(
            random_bits=switch.random_bits,
            frame_ancestors=frame_ancestors,
            test_mode=not switch.settings.livemode,
            https=switch.settings.public_url.startswith("https:"),
        )
        self._site = Site(switch, renderer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        asked = await read(scope, receive)
        reply = await self._reply(asked)
        length = ("content-length", str(len(reply.body)))
        headers = [("content-type", reply.content_type), length, *reply.headers]
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
            }
        )
        body = b"" if asked.method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    async def _reply(self, asked: Asked) -> Reply:
        try:
            return await _route(self._site, asked)
        except NotAllowed as refusal:
            reply = self._refusal(asked, "missing", status=405)
            return replace(reply, headers=(*reply.headers, ("allow", refusal.allowed)))
        except tuple(REFUSED) as refusal:
            name, status = next(said for kind, said in REFUSED.items() if isinstance(refusal, kind))
            return self._refusal(asked, name, status=status)
        except CrossError as refusal:
            log.warning("refused", code=refusal.code)
            return self._refusal(asked, "broken", status=409)
        except Exception as error:  # noqa: BLE001  the top of the server: no payer sees a trace
            reference = self._site.switch.new_id("req")
            frames = [f"{f.filename}:{f.lineno}" for f in extract_tb(error.__traceback__)]
            log.error("failed", error=type(error).__name__, at=frames, request_id=reference)  # noqa: TRY400
            return self._refusal(asked, "broken", status=500, reference=reference)

    def _refusal(self, asked: Asked, name: str, *, status: int, reference: str = "") -> Reply:
        language = asked.reader.language
        values = {
            "merchant": "",
            "icon": "bang",
            "tone": "warn",
            "heading": language.plain(f"{name}_title"),
            "texts": [language.say(f"{name}_text")],
            "leave": None,
            "reference": reference or self._site.switch.new_id("req"),
        }
        reply = self._site.page(Screen("notice.html", values, status=status), asked)
        waits = (("retry-after", RETRY_AFTER_SECONDS),) if status == UNAVAILABLE else ()
        return replace(reply, headers=(*reply.headers, *waits))


async def _route(site: Site, asked: Asked) -> Reply:
    _, place, name, *rest = asked.path.split("/")
    if not name or len(rest) > 1:
        raise NotFound(noun="page")
    if place == "pay":
        return await _pay(site, asked, name, rest[0] if rest else "")
    if rest:
        raise NotFound(noun="page")
    if place == "l":
        return await _link(site, asked, name)
    if asked.method not in ("GET", "HEAD"):
        raise NotAllowed("GET, HEAD")
    if place == "v":
        return await receipts.authentic(site, asked, name)
    if name.endswith(".pdf"):
        return await receipts.as_pdf(site, asked, name.removesuffix(".pdf"))
    return await receipts.receipt(site, asked, name)


async def _pay(site: Site, asked: Asked, token: str, part: str) -> Reply:
    stands = await orders.by_token(site.switch, token)
    match part, asked.method:
        case "", "GET" | "HEAD":
            return await _order(site, asked, stands)
        case "", "POST":
            _require_own_form(asked)
            return await checkout.submit(site, asked, stands)
        case "status", "GET" | "HEAD":
            return await progress.status(site, asked, stands)
        case "go", "POST":
            _require_own_form(asked)
            return await progress.go(site, asked, stands)
        case "return" | "left", "GET" | "HEAD" | "POST":
            return await progress.returned(site, asked, stands, left=part == "left")
        case _ if part in METHODS:
            raise NotAllowed(METHODS[part])
        case _:
            raise NotFound(noun="page")


async def _order(site: Site, asked: Asked, stands: Standing) -> Reply:
    """The order as it stands; the form again where the payer wants to change number or account."""
    order_log.note_in_passing(
        site.switch, stands.order, Note("opened", "the payer opened the page", once="opened")
    )
    stage = stage_of(site.switch, stands)
    if stage is Stage.FAILED and "change" in asked.query:
        stage = Stage.CHECKOUT
    return await SHOWN[stage](site, asked, stands)


async def _link(site: Site, asked: Asked, name: str) -> Reply:
    if asked.method == "POST":
        _require_own_form(asked)
        return await payment_links.submit(site, asked, name)
    if asked.method not in ("GET", "HEAD"):
        raise NotAllowed("GET, HEAD, POST")
    if name.endswith(".svg"):
        return await payment_links.as_svg(site, name.removesuffix(".svg"))
    return await payment_links.show(site, asked, name)


def _require_own_form(asked: Asked) -> None:
    if asked.comes_from_elsewhere:
        raise FromElsewhere
