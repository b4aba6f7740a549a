"""A browser of a few lines: reads the one form of a hosted page, fills it, and presses a button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

from cross.outbound import HttpRequest, HttpResponse
from cross.simulation.loopback import AsgiOutbound

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.target: str | None = None
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given["lang"]
        if tag == "form":
            assert given["method"] == "post"
            self.target = given["action"]
        if tag == "input":
            self.fields[given["name"]] = given.get("value", "")
        if tag == "button":
            assert given["name"] == "action"
            self.buttons.append(given["value"])

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@dataclass
class Walker:
    """Where it is, what it sees; a redirect is noted and not followed."""

    network: AsgiOutbound
    url: str = ""
    response: HttpResponse = field(default_factory=lambda: HttpResponse(0, b""))
    page: _Forms = field(default_factory=_Forms)
    went_to: str | None = None
    patience_seconds: float = 200.0

    async def open(self, url: str) -> None:
        self.url = url
        await self._ask(HttpRequest("GET", url, (), b"", self.patience_seconds))

    async def press(self, action: str, **typed: str) -> None:
        """Press one of the page's own buttons, its fields filled as a person would."""
        assert action in self.page.buttons, self.page.buttons
        assert self.page.target is not None
        assert typed.keys() <= self.page.fields.keys()
        self.url = urljoin(self.url, self.page.target)
        body = urlencode({**self.page.fields, **typed, "action": action}).encode()
        await self._ask(HttpRequest("POST", self.url, FORM, body, self.patience_seconds))

    @property
    def text(self) -> str:
        return " ".join(self.page.words).replace("\u00a0", " ")

    def header(self, name: str) -> str:
        return next(value for key, value in self.response.headers if key == name)

    async def _ask(self, request: HttpRequest) -> None:
        self.response = await self.network.send(request)
        self.went_to = None
        if self.response.status == 303:
            self.went_to = self.header("location")
            return
        self.page = _Forms()
        self.page.feed(self.response.body.decode())
