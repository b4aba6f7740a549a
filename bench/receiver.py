"""The merchant's server, in its own process: answers at once, and remembers what it was told.

`python -m bench.receiver`; orders a line, in JSON. What it received is looked at when it is asked.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from datetime import datetime
from typing import Any, Final, NamedTuple

import uvloop
from httptools import HttpRequestParser

from bench.serving import ADDRESS, say

THANKS: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Webhook(NamedTuple):
    """One as it came, with the moment."""

    at: float
    id: str
    timestamp: str
    signature: str
    body: bytes


class Receiver:
    """Everything that came, in the order of arrival."""

    def __init__(self) -> None:
        self.received: list[Webhook] = []
        self.distinct: set[str] = set()

    def take(self, webhook: Webhook) -> None:
        """Remembers one."""
        self.received.append(webhook)
        self.distinct.add(webhook.id)

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """What came of one order."""
        if order["do"] == "count":
            return {"total": len(self.received), "distinct": len(self.distinct)}
        key = base64.b64decode(order["secret"].removeprefix("whsec_"))
        wrong = [webhook.id for webhook in self.received if not _is_genuine(webhook, key)]
        return {"told": [_told(webhook) for webhook in self.received], "wrong": wrong}


class Connection(asyncio.Protocol):
    """A kept-alive connection of the switch."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._parser = HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        """Called by the parser."""
        self._headers, self._parts = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        named = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")
        name, timestamp, signature = (self._headers.get(key, b"").decode() for key in named)
        body = b"".join(self._parts)
        self._receiver.take(Webhook(time.time(), name, timestamp, signature, body))
        self._transport.write(THANKS)


def _is_genuine(webhook: Webhook, key: bytes) -> bool:
    """By the specification of Standard Webhooks, not by the switch's own code."""
    signed = f"{webhook.id}.{webhook.timestamp}.".encode() + webhook.body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}" in webhook.signature.split(" ")


def _told(webhook: Webhook) -> list[Any]:
    """What the event is of, and when it was and came."""
    event = json.loads(webhook.body)
    created = datetime.fromisoformat(event["created_at"]).timestamp()
    return [event["type"], event["data"]["object"]["id"], created, webhook.at]


async def main() -> None:
    """Receives until standard input ends."""
    loop, receiver, orders = asyncio.get_running_loop(), Receiver(), asyncio.StreamReader()
    server = await loop.create_server(lambda: Connection(receiver), ADDRESS, 0)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    port = server.sockets[0].getsockname()[1]
    say({"url": f"http://{ADDRESS}:{port}"})
    while line := await orders.readline():
        say(receiver.obey(json.loads(line)))
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
