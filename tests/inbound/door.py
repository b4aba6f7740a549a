"""A server of one application on a real socket, and clients that send it bytes as they are."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from cross.capacity import Capacity
from cross.cli.listener import Listener
from cross.inbound.exchange import Message
from cross.inbound.guests import Guests
from cross.inbound.patience import Patience
from cross.inbound.shared import App, Shared

Answer = tuple[int, dict[str, str], bytes]


LONG = Patience(60.0, 60.0, 60.0, 60.0)
"""Longer than any test."""

SOON = 0.05
"""Seconds: for the one deadline that a test is about."""


@dataclass
class Door:
    """A server, and what is open and under way there."""

    port: int
    shared: Shared
    listener: Listener
    clients: list["Client"] = field(default_factory=list)

    async def client(self, address: str = "127.0.0.1") -> "Client":
        """Somebody who has connected from there."""
        connect = asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        client = Client(*await connect)
        self.clients.append(client)
        return client

    async def say(self, data: bytes) -> bytes:
        """All that is said to somebody who says this and listens until the end."""
        client = await self.client()
        client.say(data)
        return await client.rest()

    async def someone(self) -> set[Any]:
        """All who are connected, once there is somebody."""
        while not self.shared.connections:
            await asyncio.sleep(0)
        return self.shared.connections

    async def emptied(self) -> None:
        """Returns once no connection is open and nothing is under way."""
        async with asyncio.timeout(10):
            while self.shared.connections or self.shared.tasks:
                await asyncio.sleep(0.005)

    async def emptied_of(self, guests: Guests) -> None:
        """Returns once nobody is counted as being here."""
        for client in list(self.shared.connections):
            client.shutdown()
        async with asyncio.timeout(10):
            while guests.here:
                await asyncio.sleep(0.005)

    def shut_down(self) -> None:
        """As uvicorn does when the process is asked to end."""
        for connection in list(self.shared.connections):
            connection.shutdown()


class Client:
    """One connection as the client has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(data)

    async def answer(self, *, has_body: bool = True) -> Answer:
        """The next answer."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            length = int(headers.get("content-length", 0)) if has_body else 0
            return int(head[0].split()[1]), headers, await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(10):
            return await self.reader.read()

    def leave(self) -> None:
        """Hangs up without a word."""
        self.writer.transport.abort()


@asynccontextmanager
async def door_to(
    app: App, *, patience: Patience | None = None, guests: Guests | None = None
) -> AsyncIterator[Door]:
    """A server, until the end of the test."""
    guests = guests or Guests(Capacity())
    shared = Shared(app, set(), set(), patience or Patience(), guests)
    listening = socket.create_server(("127.0.0.1", 0))
    door = Door(listening.getsockname()[1], shared, Listener(listening, shared))
    try:
        yield door
    finally:
        door.listener.close()
        listening.close()
        for client in door.clients:
            client.leave()
        await door.emptied()


def request(
    target: str = "/", *headers: str, method: str = "GET", body: bytes = b"", version: str = "1.1"
) -> bytes:
    """A request as most clients send it."""
    lines = [f"{method} {target} HTTP/{version}", "Host: cross.example", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def echo(scope: Message, receive: Any, send: Any) -> None:
    """Answers with what the request is, its body read to the end."""
    body, message = b"", {"more_body": True}
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    told = {
        name: scope[name].decode() if isinstance(scope[name], bytes) else scope[name]
        for name in ("method", "path", "raw_path", "query_string", "http_version", "scheme")
    }
    told["headers"] = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    told["body"] = body.decode()
    await answer(send, json.dumps(told).encode())


async def answer(
    send: Any, body: bytes = b"", *headers: tuple[bytes, bytes], status: int = 200
) -> None:
    """An answer in one piece, with its length."""
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})
