"""Servers on raw sockets that do as a test says, and remember every byte that reached them."""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cross.outbound import HttpRequest, HttpResponse
from cross.outbound_http import HttpOutbound

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Line:
    """One connection as the server has it."""

    def __init__(
        self, served: "Served", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = served.connections
        self._served = served
        self._reader = reader
        self._writer = writer

    async def request(self) -> bytes:
        """The next whole request; `EOFError` where the client hangs up."""
        head = await self._read(self._reader.readuntil(b"\r\n\r\n"))
        length = LENGTH.search(head)
        body = await self._read(self._reader.readexactly(int(length[1]))) if length else b""
        self._served.requests.append(head + body)
        return head + body

    async def hung_up(self) -> None:
        """Waits until the client has closed."""
        with suppress(ConnectionError):
            while data := await self._reader.read(1 << 16):
                self._served.heard += data

    def say(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._writer.write(data)

    def answer(self, body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> None:
        """Sends a whole answer with a length."""
        lines = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers)
        self.say(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def close(self) -> None:
        """Ends the connection in good order."""
        self._writer.close()

    async def reset(self) -> None:
        """Breaks the connection off (RST), after what was said has left."""
        await self._writer.drain()
        self._writer.transport.abort()

    async def _read(self, some: Awaitable[bytes]) -> bytes:
        data = await some
        self._served.heard += data
        return data


Talk: TypeAlias = Callable[[Line], Awaitable[None]]


@dataclass
class Served:
    """What reached a server: whole requests, every byte, connections ever and at once."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    heard: bytes = b""
    connections: int = 0
    open: int = 0
    open_most: int = 0


@asynccontextmanager
async def serving(
    talk: Talk, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Served]:
    """A server that talks so on each connection, until the end of the test."""
    served = Served()
    tasks: list[asyncio.Task[Any]] = []
    writers: list[asyncio.StreamWriter] = []

    async def converse(line: Line) -> None:
        with suppress(EOFError, ConnectionError):
            await talk(line)
        served.open -= 1
        line.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        served.connections += 1
        served.open += 1
        served.open_most = max(served.open_most, served.open)
        tasks.append(asyncio.get_running_loop().create_task(converse(Line(served, reader, writer))))

    server = await asyncio.start_server(connected, host, 0, ssl=tls)
    name = f"[{host}]" if ":" in host else host
    port = server.sockets[0].getsockname()[1]
    served.url = f"{'https' if tls else 'http'}://{name}:{port}"
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await _closed()


@asynccontextmanager
async def door_out(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[HttpOutbound]:
    """The client, closed at the end."""
    outbound = HttpOutbound(tls=tls)
    try:
        yield outbound
    finally:
        await outbound.close()
        await _closed()


async def post(
    outbound: HttpOutbound, url: str, body: bytes = b"pay 5000", *, seconds: float = 10.0
) -> HttpResponse:
    """A POST."""
    return await outbound.send(HttpRequest("POST", url, body=body, deadline_seconds=seconds))


async def echo(line: Line) -> None:
    """Answers every request with its own body."""
    while True:
        line.answer((await line.request()).partition(b"\r\n\r\n")[2])


async def _closed() -> None:
    for _ in range(3):  # a transport closes in a turn of the loop after it was told to
        await asyncio.sleep(0)


def certificate_for(
    address: str, folder: Path, *, ends_in: timedelta = timedelta(days=1)
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server at that address, and for a client that trusts its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an operator")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + ends_in)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    in_pem = certificate.public_bytes(serialization.Encoding.PEM)
    place = folder / "operator.pem"
    place.write_bytes(
        in_pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(place)
    return server, ssl.create_default_context(cadata=in_pem.decode())
