"""`/bench`: the checkout page in a phone frame, handsets, and a tape of all that happens.

The bench asks the switch over HTTP as any merchant does, with the address and the key that
`cross sandbox` gave it; without them it shows the operators' side only.
"""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cross.outbound import HttpRequest, NoAnswer
from cross.simulation.control import Content, Handlers, each, reply
from cross.simulation.control_fields import BadCall, read_fields, required, text, whole
from cross.simulation.desk import Desk, Exchange
from cross.simulation.exchange import Reply, Request, json_object
from cross.simulation.receiver import Received
from cross.simulation.screens import screen
from cross.simulation.world import World

TAPE_LINES: Final = 60
DEADLINE_SECONDS: Final = 10.0
FIRST: Final = "22890110100"  # suffix 00: waits for a person (sandbox.md section 3)
SECOND: Final = "22896110100"
_SHOWN_BYTES: Final = 400
_SECRET: Final = re.compile(
    r"((?:pin|otp|motdepasse|password|token|appsecret|sign)\"?\s*[=:]\s*\"?)[^\"&,}]+",
    re.IGNORECASE,
)
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "title": "Banc d'essai de Cross",
        "lead": "Aucun argent réel. À gauche le payeur, au milieu les téléphones, puis la bande.",
        "order_xof": "Commande 1 500 F CFA",
        "order_djf": "Commande 1 000 Fdj",
        "handset": "Numéro",
        "open": "Ouvrir ce téléphone",
        "down": "TMoney en panne",
        "lost": "Callbacks perdus",
        "slow": "Réponses en 5 s",
        "calm": "Tout rétablir",
        "day": "+1 jour",
        "payer": "Page de paiement",
        "handsets": "Téléphones",
        "tape": "Bande : requêtes, callbacks, écritures, commandes, webhooks",
        "cheat": "Derniers chiffres du numéro : 00 attend au téléphone · 01 accepté · 02 solde "
        "insuffisant · 03 refusé · 04 sans réponse · 07 callback perdu · 08 accepté trop tard. "
        "Code secret : 1234.",
        "noscript": "Le banc d'essai demande JavaScript ; /handset/… s'en passe.",
        "silent": "Les opérateurs simulés ne répondent pas.",
        "nobody": "Aucun commutateur n'est relié à ce banc : lancez `cross sandbox`.",
    },
    "en": {
        "title": "Cross test bench",
        "lead": "No real money. The payer on the left, phones in the middle, then the tape.",
        "order_xof": "Order 1 500 F CFA",
        "order_djf": "Order 1 000 Fdj",
        "handset": "Number",
        "open": "Open this phone",
        "down": "TMoney down",
        "lost": "Callbacks lost",
        "slow": "Answers after 5 s",
        "calm": "All well again",
        "day": "+1 day",
        "payer": "Checkout page",
        "handsets": "Phones",
        "tape": "Tape: requests, callbacks, postings, orders, webhooks",
        "cheat": "Last digits of the number: 00 waits for the phone · 01 approved · 02 no funds · "
        "03 refused · 04 no answer · 07 callback lost · 08 approved too late. PIN: 1234.",
        "noscript": "The bench needs JavaScript; /handset/… does without.",
        "silent": "The simulated operators do not answer.",
        "nobody": "No switch is connected to this bench: start `cross sandbox`.",
    },
}


class _SwitchAt(NamedTuple):
    url: str
    key: str


class _Line(NamedTuple):
    at: str
    kind: str
    title: str
    text: str = ""


class Bench:
    """Serves the bench, opens its orders, and gathers its tape."""

    def __init__(
        self,
        desks: Mapping[str, Desk],
        *,
        world: World,
        exchanges: Iterable[Exchange],
        webhooks: Iterable[Received],
    ) -> None:
        self._desks = desks
        self._world = world
        self._exchanges = exchanges
        self._webhooks = webhooks
        self._switch: _SwitchAt | None = None
        self._orders: list[str] = []
        self._serials = count(1)

    def handlers(self) -> Handlers:
        """The control call by which a sandbox connects its switch."""
        return {("PUT", "switch", 0): self._connect}

    async def answer(self, request: Request) -> Reply:
        """The page, its tape, or an order that it asked for."""
        what = request.method, request.path.strip("/")
        try:
            if what == ("GET", ""):
                return self._page(request)
            if what == ("GET", "tape"):
                return reply(200, {"data": [line._asdict() for line in await self._tape()]})
            if what == ("POST", "orders"):
                return await self._order(request)
        except BadCall as refusal:
            return reply(refusal.status, {"error": refusal.message})
        return reply(404, {"error": "no such page of the bench"})

    def _connect(self, request: Request, _: tuple[str, ...]) -> Content:
        fields = read_fields(request, {"api_url": text, "api_key": text})
        url, key = text("api_url", required(fields, "api_url")), text("api_key", fields["api_key"])
        self._switch = _SwitchAt(url.rstrip("/"), key)
        return {"api_url": self._switch.url}

    def _page(self, request: Request) -> Reply:
        lang = (request.query_fields() or {}).get("lang", "fr")
        words = _WORDS.get(lang, _WORDS["fr"])
        at = "" if self._switch is None else self._switch.url
        own = {name: words[name] for name in words if name not in ("silent", "nobody")}
        return screen(
            "bench",
            {
                **own,
                "lang": lang if lang in _WORDS else "fr",
                "first": FIRST,
                "second": SECOND,
                "note": "" if at else words["nobody"],
            },
            words={"operators": list(self._desks), "ready": bool(at), **words},
            random_bits=self._world.random_bits,
            frames=_origin(at),
        )

    async def _order(self, request: Request) -> Reply:
        fields = read_fields(request, {"amount": whole, "currency": text})
        content = {
            "amount": required(fields, "amount"),
            "currency": required(fields, "currency"),
            "title": "Boutique Afi",
            "description": "Banc d'essai",
            "reference": f"BENCH-{self._world.random_bits(64):016x}",
        }
        key = f"bench-{next(self._serials)}-{self._world.random_bits(64):016x}"
        made = await self._ask("POST", "/v1/orders", content, (("Idempotency-Key", key),))
        self._orders = [*self._orders[-4:], str(made["id"])]
        return reply(201, made)

    async def _tape(self) -> list[_Line]:
        lines = [_request_line(one) for one in list(self._exchanges)[-TAPE_LINES:]]
        for desk in self._desks.values():
            for attempt in list(desk.callbacks.attempts)[-TAPE_LINES:]:
                title = f"{attempt.operator} → Cross : {attempt.status or attempt.detail}"
                lines.append(_Line(attempt.at.isoformat(), "callback", title, _shown(attempt.body)))
        lines += [_webhook_line(one) for one in list(self._webhooks)[-TAPE_LINES:]]
        if self._switch is not None:
            lines += await self._of_the_switch()
        return sorted(lines, reverse=True)[:TAPE_LINES]

    async def _of_the_switch(self) -> list[_Line]:
        lines = []
        try:
            entries = await self._ask("GET", "/v1/ledger/entries?limit=20")
            lines += [_entry_line(one) for one in each(entries.get("data"))]
            for order in self._orders:
                logs = await self._ask("GET", f"/v1/orders/{order}/logs")
                lines += [_log_line(one) for one in each(logs.get("data"))]
        except BadCall as silence:
            lines.append(_Line(self._world.timers.now().isoformat(), "order", silence.message))
        return lines

    async def _ask(
        self,
        method: str,
        path: str,
        content: Mapping[str, object] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Mapping[str, object]:
        if self._switch is None:
            raise BadCall(409, _WORDS["fr"]["nobody"])
        body = b"" if content is None else json.dumps(content).encode()
        typed = (("Content-Type", "application/json"),) if body else ()
        known = (("Authorization", f"Bearer {self._switch.key}"), *typed, *headers)
        try:
            response = await self._world.outbound.send(
                HttpRequest(method, self._switch.url + path, known, body, DEADLINE_SECONDS)
            )
        except NoAnswer as silence:
            raise BadCall(502, f"the switch does not answer: {silence.detail}") from None
        said = json_object(response.body) or {}
        if response.status >= 400:  # noqa: PLR2004  RFC 9110: refusals start here
            raise BadCall(response.status, str(said.get("detail") or f"HTTP {response.status}"))
        return said


def _request_line(one: Exchange) -> _Line:
    status = "—" if one.reply is None else str(one.reply.status)
    title = f"Cross → {one.operator} : {one.request.method} {one.request.path} {status}"
    asked = _shown(one.request.body)
    is_page = one.reply is not None and not one.reply.content_type.startswith(b"application/json")
    said = "" if one.reply is None or is_page else _shown(one.reply.body)
    shown = "\n".join(filter(None, (asked, said)))
    return _Line(one.at.isoformat(), "request", title, shown)


def _shown(body: bytes) -> str:
    """The beginning of a body, without what only its owner should know."""
    return _SECRET.sub(r"\1•••", body.decode("utf-8", "replace"))[:_SHOWN_BYTES]


def _entry_line(one: Mapping[str, object]) -> _Line:
    lines = [f"{p.get('account')} {p.get('amount')}" for p in each(one.get("postings"))]
    at = str(one.get("created_at") or one.get("at")).replace("Z", "+00:00")
    title = f"{one.get('cause')} {one.get('movement') or ''}".strip()
    return _Line(at, "posting", title, "\n".join(lines))


def _log_line(one: Mapping[str, object]) -> _Line:
    at = str(one.get("created_at")).replace("Z", "+00:00")
    return _Line(at, "order", f"{one.get('type')} : {one.get('message')}")


def _webhook_line(one: Received) -> _Line:
    verdict = "✓" if one.doubt is None else f"✗ {one.doubt}"
    title = f"Cross → webhook : {one.type} {one.status} {verdict}"
    return _Line(one.at.isoformat(), "webhook", title, f"{one.id}\n{_shown(one.body)}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
