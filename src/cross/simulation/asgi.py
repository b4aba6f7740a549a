"""ASGI 3 as the simulators use it: read a request once, send one answer, or none at all."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from cross.simulation.exchange import Reply, Request
from cross.simulation.timers import Timers

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES_MAX: Final = 1024 * 1024


async def read_request(scope: Scope, receive: Receive, *, path: str) -> Request | None:
    """The whole request, or None if the client left or its body is too long."""
    message = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request" or len(body) > BODY_BYTES_MAX:
            return None
        body += message.get("body", b"")
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=path,
        query=scope["query_string"],
        headers=scope["headers"],
        body=body,
        scheme=scope["scheme"],
        address="" if client is None else client[0],
    )


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer in one piece."""
    await _start(send, reply)
    await send({"type": "http.response.body", "body": reply.body})


async def drip_reply(send: Send, reply: Reply, *, timers: Timers) -> None:
    """Send an answer one byte a second (F-N08)."""
    await _start(send, reply)
    for place in range(len(reply.body)):
        one = reply.body[place : place + 1]
        await send({"type": "http.response.body", "body": one, "more_body": True})
        await timers.sleep(1)
    await send({"type": "http.response.body", "body": b""})


async def client_leaves(receive: Receive, *, within_seconds: float) -> bool:
    """Wait until the client gives up; False if it is still there after so long."""
    try:
        async with asyncio.timeout(within_seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def answer_lifespan(receive: Receive, send: Send) -> None:
    """Say yes to a server that starts and stops."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _start(send: Send, reply: Reply) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", reply.content_type),
                (b"content-length", b"%d" % len(reply.body)),
                *reply.headers,
            ],
        }
    )
