"""A merchant's server, as tests script it: what it heard, and what it answers."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from cross.simulation.asgi import Message, Receive, Scope, Send

RECEIVER: str = "http://shop"


@dataclass(frozen=True, slots=True)
class Request:
    """One webhook as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    left: Receive

    @property
    def event(self) -> Any:
        """What it says."""
        return json.loads(self.body)


@dataclass(slots=True)
class Answer:
    """What the server answers."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[[Request], Awaitable[Answer]]


async def accepts(request: Request) -> Answer:
    """Answers as a good merchant does."""
    del request
    return Answer()


class Receiver:
    """An ASGI application that keeps what it is told; `behaviour` may be changed at any time."""

    def __init__(self, behaviour: Behaviour = accepts) -> None:
        self.behaviour = behaviour
        self.heard: list[Request] = []
        self.accepted: list[Request] = []
        self.open = 0
        self.open_most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = (await receive())["body"]
        request = Request(scope["path"], headers, body, receive)
        self.heard.append(request)
        self.open += 1
        self.open_most = max(self.open_most, self.open)
        try:
            answer = await self.behaviour(request)
        finally:
            self.open -= 1
        if 200 <= answer.status < 300:
            self.accepted.append(request)
        start: Message = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(k.encode(), v.encode()) for k, v in answer.headers.items()],
        }
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    def types(self) -> list[str]:
        """The types of what it accepted, in the order in which it came."""
        return [request.event["type"] for request in self.accepted]

    def ids(self) -> set[str]:
        """The ids of what it accepted."""
        return {request.headers["webhook-id"] for request in self.accepted}


def verified(secret: str, request: Request) -> Any:
    """What the unmodified `standardwebhooks` package makes of it; raises where it is not signed."""
    return Webhook(secret).verify(request.body, request.headers)


async def never(request: Request) -> Answer:
    """Takes a webhook and says nothing until whoever sent it has given up."""
    await request.left()
    return Answer(500)
