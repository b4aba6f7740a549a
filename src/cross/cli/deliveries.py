"""How deliveries of webhooks look in a terminal, and waiting until none is on its way."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.pages import plain_table
from cross.cli.screen import Screen

_PAUSE_SECONDS: Final = 0.3
_STYLES: Final = {"delivered": "green", "waiting": "yellow", "exhausted": "red"}


async def until_delivered(
    screen: Screen, calls: Calls, endpoints: Sequence[str], *, count: int, seconds: float
) -> int:
    """Watches what was sent again, with a bar; how many still wait when the time is up."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    words = TextColumn("{task.description}")
    hidden = screen.as_json or screen.is_quiet
    with Progress(
        words, BarColumn(), MofNCompleteColumn(), console=screen.out, disable=hidden, transient=True
    ) as progress:
        bar = progress.add_task(screen.one_of(fr="Livrés", en="Delivered"), total=count)
        while True:
            waiting = min(count, await _waiting(calls, endpoints)) if count else 0
            progress.update(bar, completed=count - waiting)
            if not waiting or loop.time() >= ends_at:
                return waiting
            await asyncio.sleep(_PAUSE_SECONDS)


def show_deliveries(screen: Screen, deliveries: Sequence[Mapping[str, Any]]) -> None:
    """Each delivery: its event, where it stands, and what its last attempt met."""
    if not deliveries:
        screen.say(fr="Rien.", en="Nothing.")
        return
    table = plain_table(
        (screen.one_of(fr="Livraison", en="Delivery"), "left"),
        (screen.one_of(fr="État", en="Status"), "left"),
        (screen.one_of(fr="Essais", en="Attempts"), "right"),
        (screen.one_of(fr="Dernière réponse", en="Last answer"), "left"),
    )
    for one in deliveries:
        status = one["status"]
        table.add_row(
            f"{one['event_type']}\n{one['event']}",
            Text(status, _STYLES.get(status, "dim")),
            str(len(one["attempts"])),
            _last(one),
        )
    screen.show(table)


def _last(delivery: Mapping[str, Any]) -> str:
    if not delivery["attempts"]:
        return "—"
    attempt = delivery["attempts"][-1]
    answer = attempt["response"]
    said = attempt["error"] if answer is None else f"{answer['status']} {answer['body'][:40]}"
    return f"{said}\n{attempt['duration_ms']} ms"


async def _waiting(calls: Calls, endpoints: Sequence[str]) -> int:
    found = 0
    for endpoint in endpoints:
        path = f"/v1/webhook_endpoints/{endpoint}/deliveries"
        async for _ in calls.every(path, {"status": "waiting"}):
            found += 1
    return found
