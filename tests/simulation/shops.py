"""Merchants' servers, which take webhooks: one does it well, another as its seed's family says.

Signatures are verified by the unmodified `standardwebhooks`, which reads the true time.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from random import Random
from typing import Any, Final
from unittest.mock import patch

import standardwebhooks.webhooks
from standardwebhooks import Webhook, WebhookVerificationError

from cross.simulation.asgi import Receive, Scope, Send

OF_THE_CLOCK: Final = ("Message timestamp too old", "Message timestamp too new")
"""What `standardwebhooks` says where the sender's clock is wrong, and nothing else is."""

FAILS: Final = 0.6
SLOW_SECONDS_MAX: Final = 25.0


@dataclass(frozen=True, slots=True)
class Told:
    """What one webhook said."""

    id: str
    type: str
    object: str
    sequence: int


class Shop:
    """One merchant's server: `manner` is how it answers; `told` is what it took, by event id."""

    def __init__(self, name: str, secret: str, random: Random, *, manner: str) -> None:
        self.name = name
        self.manner = manner
        self.told: dict[str, Told] = {}
        self.strange: list[str] = []
        self.answers: Counter[int] = Counter()
        self._bodies: dict[str, bytes] = {}
        self._webhook = Webhook(secret)
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes one webhook."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = (await receive())["body"]
        told = self._read(headers, body)
        status = await self._status(receive) if told is not None else 401
        if status == 0:
            return
        if told is not None and 200 <= status < 300:
            self.told[told.id] = told
        self.answers[status] += 1
        later = [(b"retry-after", b"7")] if status == 503 else []
        await send({"type": "http.response.start", "status": status, "headers": later})
        await send({"type": "http.response.body", "body": b""})

    def _read(self, headers: dict[str, str], body: bytes) -> Told | None:
        """What it says; None where the clock of whoever sent it is wrong."""
        try:
            content = self._webhook.verify(body, headers)
        except WebhookVerificationError as error:
            if str(error) not in OF_THE_CLOCK:
                self.strange.append(f"I-37 {self.name} was sent a webhook that is not: {error}")
            return None
        name = headers["webhook-id"]
        if content["id"] != name or self._bodies.setdefault(name, body) != body:
            self.strange.append(f"I-38 {name} says another thing than before at {self.name}")
        return Told(name, content["type"], content["data"]["object"]["id"], content["sequence"])

    async def _status(self, receive: Receive) -> int:
        """What it answers; 0 where it says nothing."""
        manner, random = self.manner, self._random
        if manner == "flaky" and random.random() < FAILS:
            manner = random.choice(("dead", "slow", "hangs", "busy"))
        match manner:
            case "dead":
                return 500
            case "busy":
                return 503
            case "gone":
                return 410
            case "hangs":
                await receive()
                return 0
            case "slow":
                await asyncio.sleep(random.uniform(1.0, SLOW_SECONDS_MAX))
        return 204


@contextmanager
def true_time(clock: Callable[[], datetime]) -> Iterator[None]:
    """Within it `standardwebhooks` reads this clock."""

    class _Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return clock().astimezone(tz)

    with patch.object(standardwebhooks.webhooks, "datetime", _Clock):
        yield


def object_of(body: bytes) -> str:
    """The id of the object that a webhook tells of."""
    return str(json.loads(body)["data"]["object"]["id"])
