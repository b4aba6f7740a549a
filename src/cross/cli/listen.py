"""`cross listen`: a merchant's webhooks brought to a developer's own machine, behind any router.

It asks the switch for new events and sends each on, signed as webhooks are; nothing has to reach
this machine from outside. An event that becomes visible late is not missed: each question reaches
back over the time in which a slow commit may end.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
from rich.text import Text

from cross.cli import serving
from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.screen import OK, USAGE, Failed, Screen
from cross.cli.signed import session_secret, signed_headers
from cross.cli.webhooks import types_in
from cross.clock import monotonic_seconds, system_clock
from cross.outbound import HttpRequest, NoAnswer

LOOK_EVERY_SECONDS: Final = 0.5
PAUSE_SECONDS_MAX: Final = 15.0
REACH_BACK: Final = timedelta(seconds=60)
FORWARD_SECONDS: Final = 15.0  # api.md section 4: how long a webhook waits for its answer
_NEWEST: Final = {"limit": "1"}
_OUR_FAULT: Final = range(400, 500)
_GOOD: Final = range(200, 300)


@api_command
async def listen(
    screen: Screen,
    calls: Calls,
    *,
    forward_to: Annotated[
        str | None, typer.Option(metavar="URL", help="Such as http://127.0.0.1:3000/webhooks.")
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option(metavar="TYPES", help="Between commas; else all.")
    ] = None,
    print_secret: Annotated[
        bool, typer.Option("--print-secret", help="Print the signing secret and end.")
    ] = False,
) -> int:
    """Show each new event, and forward it, signed, to an address of this machine."""
    secret = session_secret(calls.key or "")
    if print_secret:
        print(json.dumps({"secret": secret}) if screen.as_json else secret)
        return OK
    if forward_to is not None and urlsplit(forward_to).scheme not in ("http", "https"):
        raise Failed(
            fr=f"--forward-to : {forward_to} n'est pas une adresse http",
            en=f"--forward-to: {forward_to} is not an http address",
            code=USAGE,
        )
    listener = Listener(screen, calls, secret, forward_to, frozenset(types_in(events)) - {"*"})
    stop = serving.stop_asked_for()
    await listener.start(stop)
    screen.say(
        fr=f"À l'écoute de {calls.url}. Ctrl-C arrête. Secret de signature :",
        en=f"Listening to {calls.url}. Ctrl-C ends it. Signing secret:",
    )
    screen.line(secret)
    screen.document({"object": "listening", "api_url": calls.url, "secret": secret})
    await listener.until(stop)
    return OK


class Listener:
    """Asks for events again and again, each shown and forwarded once, in the order of their ids."""

    def __init__(
        self,
        screen: Screen,
        calls: Calls,
        secret: str,
        forward_to: str | None,
        types: frozenset[str],
    ) -> None:
        self._screen = screen
        self._calls = calls
        self._secret = secret
        self._forward_to = forward_to
        self._types = types
        self._seen: dict[str, datetime] = {}
        self._newest: datetime | None = None

    async def start(self, stop: asyncio.Event) -> None:
        """Knows from now on what is old; raises `Failed` where the switch refuses."""
        for _ in range(2):  # the newest, and then all of the time that later questions reach back
            for one in await self._asked_until_told(stop):
                self._note(one)

    async def until(self, stop: asyncio.Event) -> None:
        """Goes on until somebody stops it, through every loss of the switch."""
        while not stop.is_set():
            for one in await self._asked_until_told(stop):
                if one["id"] not in self._seen:
                    self._note(one)
                    await self._tell(one)
            await _pause(stop, LOOK_EVERY_SECONDS)

    async def _asked_until_told(self, stop: asyncio.Event) -> list[dict[str, Any]]:
        pause = LOOK_EVERY_SECONDS
        while not stop.is_set():
            try:
                return await self._news()
            except Failed as failure:
                if failure.problem is not None and failure.problem.get("status") in _OUR_FAULT:
                    raise
                self._screen.say(
                    fr=f"Commutateur perdu, nouvel essai dans {pause:.0f} s.",
                    en=f"The switch is lost, trying again in {pause:.0f} s.",
                    style="yellow",
                )
            await _pause(stop, pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        return []

    async def _news(self) -> list[dict[str, Any]]:
        """What the switch has from a little before the newest event on, the oldest first."""
        if self._newest is None:
            newest: list[dict[str, Any]] = (await self._calls.get("/v1/events", _NEWEST))["data"]
            return newest
        since = (self._newest - REACH_BACK).isoformat()
        return [one async for one in self._calls.every("/v1/events", {"created_from": since})][::-1]

    def _note(self, event: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(event["created_at"])
        self._seen[event["id"]] = at
        if self._newest is None or at > self._newest:
            self._newest = at
            kept = at - 2 * REACH_BACK
            self._seen = {name: when for name, when in self._seen.items() if when >= kept}

    async def _tell(self, event: Mapping[str, Any]) -> None:
        if self._types and event["type"] not in self._types:
            return
        told = {"id": event["id"], "type": event["type"], "status": None, "error": None}
        began_at = monotonic_seconds()
        if self._forward_to is not None:
            told |= await self._forwarded(event, self._forward_to)
        told["duration_ms"] = round((monotonic_seconds() - began_at) * 1_000)
        self._screen.document(told)
        at = system_clock().astimezone().strftime("%H:%M:%S")
        answer = _answer(told) if self._forward_to else Text("")
        about = event["data"]["object"].get("id", "")
        self._screen.show(
            Text(f"{at}  ") + answer + Text(f"{event['type']}  ", "bold") + Text(f"{about}")
        )
        self._screen.show(Text(f"          {event['id']}  {told['error'] or ''}", "dim"))

    async def _forwarded(self, event: Mapping[str, Any], url: str) -> dict[str, Any]:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        at_seconds = int(system_clock().timestamp())
        headers = signed_headers(self._secret, event["id"], body, at_seconds=at_seconds)
        try:
            response = await self._calls.outbound.send(
                HttpRequest("POST", url, headers, body, FORWARD_SECONDS)
            )
        except NoAnswer as silence:
            return {"error": silence.detail}
        return {"status": response.status}


def _answer(told: Mapping[str, Any]) -> Text:
    status = told["status"]
    style = "green" if status in _GOOD else "red"
    return Text(f"{status or '—'} ", style) + Text(f"{told['duration_ms']:>4} ms  ")


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
