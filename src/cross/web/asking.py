"""What a browser asks: address, language and form, read up to a limit and never trusted."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

from cross.web.rendering import Reader
from cross.web.words import FRENCH, LANGUAGES

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

FORM_BYTES_MAX: Final = 16 * 1024
FIELDS_MAX: Final = 64
SHOWN: Final = ("change", "stop", "back", "already")
"""What of a query says how a page is shown, beside its language; the rest is dropped."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `path` is the page's own, without a query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def reader(self) -> Reader:
        """Who reads the answer: French, unless the address says otherwise."""
        language = LANGUAGES.get(self.query.get("lang", ""), FRENCH)
        shown = {name: "1" for name in SHOWN if name in self.query}
        return Reader(language, shown, "gzip" in self.headers.get("accept-encoding", ""))

    def at(self, path: str, **shown: str) -> str:
        """An address of ours in the reader's language."""
        code = self.reader.language.code
        query = {**shown, **({} if code == FRENCH.code else {"lang": code})}
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def comes_from_elsewhere(self) -> bool:
        """Whether a browser says that another site's page made this request (S-WEB-06).

        No cookie goes with it, so that it can do nothing that its sender could not do without the
        payer; it is refused all the same. A browser that does not tell is believed.
        """
        return self.headers.get("sec-fetch-site", "none") == "cross-site"


async def read(scope: Scope, receive: Receive) -> Asked:
    """The request; a form that is too long or cannot be read has no fields."""
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    method: str = scope["method"]
    return Asked(
        method=method,
        path=scope["path"],
        query=_fields(scope["query_string"]),
        headers=headers,
        form=_fields(await _body(receive)) if method == "POST" else {},
    )


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body = (body + message.get("body", b""))[: FORM_BYTES_MAX + 1]
        more = message.get("more_body", False)
    return body if len(body) <= FORM_BYTES_MAX else b""


def _fields(encoded: bytes) -> dict[str, str]:
    """The first value of each name."""
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX
        )
    except ValueError:
        return {}
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields
