"""A payer's browser without a script, a cookie or a screen: it opens pages and submits their forms.

The demo walks hosted pages with it, and so do tests: what it can pay, any phone can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urljoin

from cross.outbound import HttpRequest, HttpResponse, Outbound

DEADLINE_SECONDS: Final = 30.0
REDIRECTS_MAX: Final = 10
_AGAIN_BY_GET: Final = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)
_AS_IT_WAS: Final = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
_FORM: Final = (("Content-Type", "application/x-www-form-urlencoded"),)


class Lost(Exception):
    """The visitor cannot go on: no such form, or pages that send each other round in a circle."""


@dataclass(slots=True)
class Form:
    """A form as it stands on a page: its fields with their values, and its buttons."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """What the visitor sees now."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]
    links: tuple[str, ...]

    def form_with(self, *names: str) -> Form | None:
        """The first form that has one of these fields, or a button of that name and value."""
        for form in self.forms:
            values = {value for _, value in form.buttons}
            if any(name in form.fields or name in values for name in names):
                return form
        return None


class Visitor:
    """One payer's browser; every address that it was sent to is in `been`."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self.been: list[str] = []
        self.page = Page("", 0, "", (), ())

    async def open(self, url: str) -> Page:
        """Goes to an address."""
        return await self._go("GET", url, b"")

    async def post(self, url: str, fields: Mapping[str, str]) -> Page:
        """Posts a form made elsewhere, as a hand-over asks for."""
        return await self._go("POST", url, urlencode(fields).encode())

    async def submit(
        self, form: Form, typed: Mapping[str, str] | None = None, *, press: str | None = None
    ) -> Page:
        """Fills a form in and sends it, by the button whose value is `press`, or the first."""
        chosen = [(name, value) for name, value in form.buttons if press in (None, value) and name]
        if press is not None and not chosen:
            raise Lost(f"no button {press!r} at {self.page.url}")
        content = {**form.fields, **(typed or {}), **dict(chosen[:1])}
        url = urljoin(self.page.url, form.action)
        if form.method == "POST":
            return await self._go("POST", url, urlencode(content).encode())
        return await self._go("GET", f"{url.partition('?')[0]}?{urlencode(content)}", b"")

    async def _go(self, method: str, url: str, body: bytes) -> Page:
        for _ in range(REDIRECTS_MAX):
            self.been.append(url)
            response = await self._outbound.send(
                HttpRequest(method, url, _FORM if body else (), body, DEADLINE_SECONDS)
            )
            location = _location(response)
            if location is None:
                self.page = _read(url, response)
                return self.page
            url = urljoin(url, location)
            if response.status in _AGAIN_BY_GET:
                method, body = "GET", b""
        raise Lost(f"sent round and round, last to {url}")


def _location(response: HttpResponse) -> str | None:
    if response.status not in (*_AGAIN_BY_GET, *_AS_IT_WAS):
        return None
    found = [value for name, value in response.headers if name.lower() == "location"]
    return found[0] if found else None


def _read(url: str, response: HttpResponse) -> Page:
    reader = _Reader()
    text = response.body.decode("utf-8", "replace")
    reader.feed(text)
    return Page(url, response.status, text, tuple(reader.forms), tuple(reader.links))


class _Reader(HTMLParser):
    """Forms and links of a page; of radio buttons and lists, what is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._list: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form":
            self._form = Form(said.get("method", "get").upper(), said.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._list = None

    def _field(self, form: Form, tag: str, said: Mapping[str, str]) -> None:
        name, kind = said.get("name", ""), said.get("type", "text").lower()
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, said.get("value", "")))
        elif tag == "select":
            self._list = name
        elif tag == "option" and self._list:
            if "selected" in said or self._list not in form.fields:
                form.fields[self._list] = said.get("value", "")
        elif tag in ("input", "textarea") and name and "disabled" not in said:
            if kind not in ("radio", "checkbox") or "checked" in said:
                form.fields[name] = said.get("value", "")
            elif kind == "radio":
                form.fields.setdefault(name, "")
