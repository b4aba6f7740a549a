"""`cross webhooks`: where a merchant's webhooks go, what became of them, is one ours."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from cross.cli.calls import Calls
from cross.cli.deliveries import show_deliveries
from cross.cli.options import api_command, command
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, USAGE, Failed, Screen
from cross.cli.signed import is_genuine, read_saved
from cross.clock import system_clock

webhooks = typer.Typer(help="Webhook endpoints: add, list, change, test, and what arrived.")

TOLERANCE_SECONDS: Final = 300  # standardwebhooks: five minutes either way
EndpointId = Annotated[str, typer.Argument(metavar="ID", help="we_…")]
Events = Annotated[
    list[str] | None,
    typer.Option("--events", metavar="TYPES", help="Between commas, or again for each; else all."),
]


@webhooks.command()
@api_command
async def add(
    screen: Screen,
    calls: Calls,
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="https://…")],
    events: Events = None,
    description: Annotated[str, typer.Option()] = "",
) -> None:
    """Send webhooks to an address; its secret is shown this once."""
    content = {"url": url, "events": types_in(events) or ["*"], "description": description}
    made = await calls.post("/v1/webhook_endpoints", content)
    screen.document(made)
    show_endpoint(screen, made)


@webhooks.command("list")
@api_command
async def list_(screen: Screen, calls: Calls) -> None:
    """List webhook endpoints, newest first."""
    found = await calls.get("/v1/webhook_endpoints", {"limit": "100"})
    screen.document(found)
    _show_endpoints(screen, found["data"])


@webhooks.command()
@api_command
async def show(screen: Screen, calls: Calls, *, endpoint_id: EndpointId) -> None:
    """Show one endpoint."""
    found = await calls.get(f"/v1/webhook_endpoints/{endpoint_id}")
    screen.document(found)
    show_endpoint(screen, found)


@webhooks.command()
@api_command
async def update(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    endpoint_id: EndpointId,
    url: Annotated[str | None, typer.Option(metavar="URL")] = None,
    events: Events = None,
    description: Annotated[str | None, typer.Option()] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable")] = None,
) -> None:
    """Change an endpoint; what is not named stays."""
    status = None if enabled is None else "enabled" if enabled else "disabled"
    asked = {
        "url": url,
        "events": types_in(events) or None,
        "description": description,
        "status": status,
    }
    content = {name: value for name, value in asked.items() if value is not None}
    changed = await calls.post(f"/v1/webhook_endpoints/{endpoint_id}", content)
    screen.document(changed)
    show_endpoint(screen, changed)


@webhooks.command()
@api_command
async def delete(screen: Screen, calls: Calls, *, endpoint_id: EndpointId) -> None:
    """Send nothing there any more, for good."""
    screen.document(await calls.delete(f"/v1/webhook_endpoints/{endpoint_id}"))
    screen.say(fr=f"Supprimé : {endpoint_id}", en=f"Deleted: {endpoint_id}")


@webhooks.command()
@api_command
async def test(screen: Screen, calls: Calls, *, endpoint_id: EndpointId) -> None:
    """Send a test event there."""
    sent = await calls.post(f"/v1/webhook_endpoints/{endpoint_id}/test")
    screen.document(sent)
    screen.say(
        fr=f"Envoyé : {sent['id']}. `cross webhooks deliveries {endpoint_id}` dit la réponse.",
        en=f"Sent: {sent['id']}. `cross webhooks deliveries {endpoint_id}` tells the answer.",
    )


@webhooks.command()
@api_command
async def prove(screen: Screen, calls: Calls, *, endpoint_id: EndpointId) -> None:
    """Have a live endpoint answer a challenge, so that it is enabled or may move."""
    proven = await calls.post(f"/v1/webhook_endpoints/{endpoint_id}/verify")
    screen.document(proven)
    show_endpoint(screen, proven)


@webhooks.command()
@api_command
async def rotate(screen: Screen, calls: Calls, *, endpoint_id: EndpointId) -> None:
    """Make a new secret, shown this once; the one before stays valid for a while."""
    changed = await calls.post(f"/v1/webhook_endpoints/{endpoint_id}/rotate_secret")
    screen.document(changed)
    show_endpoint(screen, changed)


@webhooks.command()
@api_command
async def deliveries(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    endpoint_id: EndpointId,
    status: Annotated[
        str | None, typer.Option(help="waiting, delivered, exhausted or canceled.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List what was sent there and what came back, newest first."""
    query = {"status": status, "limit": str(limit), "starting_after": after}
    found = await calls.get(f"/v1/webhook_endpoints/{endpoint_id}/deliveries", query)
    screen.document(found)
    show_deliveries(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@webhooks.command()
@command
def verify(
    screen: Screen,
    *,
    file: Annotated[Path, typer.Argument(help="A request saved as HTTP text, or as JSON.")],
    secret: Annotated[
        str, typer.Option(metavar="SECRET", envvar="CROSS_WEBHOOK_SECRET", help="whsec_…")
    ],
) -> int:
    """Tell whether a saved request was signed with a secret; exit code 4 where it was not."""
    try:
        saved = read_saved(file.read_bytes())
        genuine = is_genuine(saved, secret)
    except (OSError, ValueError) as error:
        raise Failed(fr=f"{file} : {error}", en=f"{file}: {error}", code=USAGE) from None
    sent_at = saved.sent_at
    moment = None if sent_at is None else datetime.fromtimestamp(sent_at, UTC)
    age = None if moment is None else round((system_clock() - moment).total_seconds())
    fresh = age is not None and abs(age) <= TOLERANCE_SECONDS
    event_id = saved.headers.get("webhook-id")
    screen.document({"id": event_id, "verified": genuine, "fresh": fresh, "age_seconds": age})
    if not genuine:
        screen.say(
            fr="✗ signature fausse : autre secret, ou corps modifié",
            en="✗ wrong signature: another secret, or a body that was changed",
            style="red",
        )
        return CHECK_FAILED
    screen.say(
        fr=f"✓ signature juste : {event_id}", en=f"✓ genuine signature: {event_id}", style="green"
    )
    if not fresh:
        screen.say(
            fr=f"vieux de {age} s : un serveur le refuserait (±{TOLERANCE_SECONDS} s)",
            en=f"{age} s old: a server would refuse it (±{TOLERANCE_SECONDS} s)",
        )
    return OK


def types_in(given: Sequence[str] | None) -> list[str]:
    """The types that were named, however they were separated."""
    return [name for text in given or () for name in text.split(",") if name]


def show_endpoint(screen: Screen, endpoint: Mapping[str, Any]) -> None:
    """One endpoint whole; its secret where it is told."""
    screen.show(Text(f"{endpoint['id']}  ", "bold") + _status(endpoint))
    screen.line(endpoint["url"])
    facts = Table.grid(padding=(0, 2))
    for fr, en, value in (
        ("événements", "events", ", ".join(endpoint["events"])),
        ("pour", "for", endpoint["description"]),
        ("pourquoi", "why", endpoint["disabled_reason"]),
        ("en échec depuis", "failing since", endpoint["failing_since"]),
        ("ancien secret jusqu'à", "earlier secret until", endpoint["previous_secret_until"]),
    ):
        if value:
            facts.add_row(screen.one_of(fr=fr, en=en), value)
    screen.show(facts)
    if endpoint["secret"]:
        screen.say(fr="Secret, montré cette fois seulement :", en="Secret, shown this once:")
        screen.line(endpoint["secret"])


def _show_endpoints(screen: Screen, endpoints: Sequence[Mapping[str, Any]]) -> None:
    if not endpoints:
        screen.say(
            fr="Rien. `cross webhooks add https://…`", en="Nothing. `cross webhooks add https://…`"
        )
        return
    table = plain_table(
        ("Webhook", "left"), (screen.one_of(fr="État", en="Status"), "left"), ("", "left")
    )
    for one in endpoints:
        told = f"{one['url']}\n{', '.join(one['events'])}"
        table.add_row(one["id"], _status(one), told)
    screen.show(table)


def _status(endpoint: Mapping[str, Any]) -> Text:
    return Text(endpoint["status"], "green" if endpoint["status"] == "enabled" else "red")
