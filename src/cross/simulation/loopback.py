"""ASGI applications reached in process, as an `Outbound`: the network of tests and simulations."""

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from cross.outbound import HttpRequest, HttpResponse, NoAnswer
from cross.simulation.asgi import AsgiApp, Message, Scope


class AsgiOutbound:
    """Calls the application mounted at each origin, such as `http://simulators`.

    As over a real network, an application goes on working after its client gave up.
    """

    def __init__(self, routes: Mapping[str, AsgiApp], *, peer: str = "127.0.0.1") -> None:
        self._routes = routes
        self._peer = peer
        self._running: dict[asyncio.Task[None], None] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The application's answer; `NoAnswer` if the deadline passes or none was sent."""
        url = urlsplit(request.url)
        app = self._routes.get(f"{url.scheme}://{url.netloc}")
        if app is None:
            raise NoAnswer(f"nothing listens at {url.netloc}", sent=False)
        conversation = _Conversation(request, scope=_scope(request, peer=self._peer))
        task = asyncio.get_running_loop().create_task(conversation.run(app))
        self._running[task] = None
        task.add_done_callback(self._running.pop)
        try:
            async with asyncio.timeout(request.deadline_seconds):
                return await conversation.answer
        except TimeoutError:
            raise NoAnswer("deadline passed", sent=True) from None
        finally:
            conversation.client_left.set()

    async def settle(self) -> None:
        """Wait until no application is still working on a request."""
        while self._running:
            await asyncio.wait(list(self._running))


class _Conversation:
    def __init__(self, request: HttpRequest, *, scope: Scope) -> None:
        self.answer: asyncio.Future[HttpResponse] = asyncio.get_running_loop().create_future()
        self.client_left = asyncio.Event()
        self._request = request
        self._scope = scope
        self._body_read = False
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []

    async def run(self, app: AsgiApp) -> None:
        try:
            await app(self._scope, self._receive, self._send)
        finally:
            if not self.answer.done():
                self.answer.set_exception(
                    NoAnswer("connection closed without an answer", sent=True)
                )

    async def _receive(self) -> Message:
        if not self._body_read:
            self._body_read = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        await self.client_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(
                (key.decode("latin-1"), value.decode("latin-1"))
                for key, value in message.get("headers", ())
            )
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))
            if not message.get("more_body", False) and not self.answer.done():
                body = b"".join(self._chunks)
                self.answer.set_result(HttpResponse(self._status, body, self._headers))


def _scope(request: HttpRequest, *, peer: str) -> Scope:
    url = urlsplit(request.url)
    headers = [
        (key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in request.headers
    ]
    headers.append((b"host", url.netloc.encode("ascii")))
    headers.append((b"content-length", b"%d" % len(request.body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(url.path),
        "raw_path": url.path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": (peer, 0),
        "server": (url.hostname, url.port or 80),
    }
