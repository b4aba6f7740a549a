"""Pages as bytes: one template each, one inline style, one small script, and a strict policy."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cross.domain.ids import RandomBits
from cross.domain.money import Money
from cross.web.words import LANGUAGES, Language, isolated

TEMPLATES: Final = Path(__file__).with_name("templates")
NONCE_BITS: Final = 128  # W3C Content Security Policy 3, section 7.1
REFRESH_SECONDS: Final = 10  # screens.md
GZIP_BYTES_MIN: Final = 600
"""Below this compression saves less than a packet."""

Headers: TypeAlias = tuple[tuple[str, str], ...]

STRICT: Final[Headers] = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
)

HSTS: Final = ("strict-transport-security", "max-age=31536000")  # S-WEB-03: a year

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    cache_size=-1,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a browser; `headers` come beside those that every answer carries."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """Where a waiting page asks for news, and what it shows now; `here` shows it afresh.

    Without a script the page refreshes itself, unless it was opened at `stop`.
    """

    url: str
    state: str
    here: str
    stop: str
    is_stopped: bool
    seconds_left: int = 0


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page shows: its template, its values, and what its policy must allow.

    `forms_to` are origins of operators that a form on the page may end at.
    """

    template: str
    values: Mapping[str, Any]
    status: int = 200
    forms_to: tuple[str, ...] = ()
    poll: Poll | None = None
    printed: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: in which language, at which address (`query` without the language)."""

    language: Language
    query: Mapping[str, str] = field(default_factory=dict)
    takes_gzip: bool = False

    def here_in(self, language: Language) -> str:
        """The query of this page in another language."""
        return urlencode({**self.query, "lang": language.code})


class Renderer:
    """Makes pages; `frame_ancestors` says who may embed them: nobody, unless it is set."""

    def __init__(
        self, *, random_bits: RandomBits, frame_ancestors: str, test_mode: bool, https: bool
    ) -> None:
        self._random_bits = random_bits
        self._frame_ancestors = frame_ancestors
        self._test_mode = test_mode
        self._transport: Headers = (HSTS,) if https else ()

    def page(self, screen: Screen, reader: Reader) -> Reply:
        """The page, with the policy that fits it."""
        nonce = f"{self._random_bits(NONCE_BITS):032x}"
        language = reader.language
        html = _ENVIRONMENT.get_template(screen.template).render(
            **screen.values,
            nonce=nonce,
            lang=language,
            languages=LANGUAGES.values(),
            query_in=reader.here_in,
            say=language.say,
            plain=language.plain,
            money=_money_in(language),
            ltr=isolated,
            style=_inlined("style.css") + (_inlined("print.css") if screen.printed else Markup()),
            script=_inlined("script.js"),
            poll=screen.poll,
            refresh_seconds=REFRESH_SECONDS,
            test_mode=self._test_mode,
        )
        headers = (
            *STRICT,
            *self._transport,
            ("content-security-policy", self._policy(nonce, screen)),
            ("content-language", language.code),
            ("vary", "accept-encoding"),
        )
        return packed(Reply(screen.status, html.encode(), headers=headers), reader)

    def _policy(self, nonce: str, screen: Screen) -> str:
        """S-WEB-02, F-S13, F-S22."""
        forms = " ".join(["'self'", *screen.forms_to])
        return "; ".join(
            [
                "default-src 'none'",
                f"style-src 'nonce-{nonce}'",
                f"script-src 'nonce-{nonce}'",
                "connect-src 'self'",
                f"form-action {forms}",
                f"frame-ancestors {self._frame_ancestors}",
                "base-uri 'none'",
            ]
        )


def packed(reply: Reply, reader: Reader) -> Reply:
    """The reply compressed, where the browser takes it and it is worth it.

    A page holds no secret beside what its own address holds, so that guessing it by the length of
    what is compressed (BREACH) gains nothing.
    """
    if not reader.takes_gzip or len(reply.body) < GZIP_BYTES_MIN:
        return reply
    body = gzip.compress(reply.body, compresslevel=6, mtime=0)
    return Reply(
        reply.status, body, reply.content_type, (*reply.headers, ("content-encoding", "gzip"))
    )


def redirected(to: str, *, status: int = 303) -> Reply:
    """Go there; 307 keeps the method and the fields."""
    return Reply(status, content_type="text/plain", headers=(*STRICT, ("location", to)))


def _money_in(language: Language) -> Callable[[Money], Markup]:
    return lambda money: isolated(language.amount(money))


@lru_cache
def _inlined(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text("utf-8"))  # noqa: S704  our own
