"""The only door out: one HTTP request, one answer or a known silence, within a total deadline.

No redirects, no proxy from the environment, no cookies. Whoever needs the network takes an
`Outbound` as an argument, so that tests and the simulation bring their own.
"""

from typing import Final, NamedTuple, Protocol

ANSWER_BYTES_MAX: Final = 256 * 1024


class HttpRequest(NamedTuple):
    """One request; `deadline_seconds` covers connecting, sending and reading to the last byte."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    deadline_seconds: float = 30.0


class HttpResponse(NamedTuple):
    """A whole answer, its body read to the end and never longer than `ANSWER_BYTES_MAX`."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class NoAnswer(Exception):
    """No whole answer came. `sent` is False only if the connection was never established."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.sent = sent


class Outbound(Protocol):
    """Sends requests; raises `NoAnswer` and nothing else."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The answer, whatever its status."""
