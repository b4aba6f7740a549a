"""`cross link`: payment links, and their QR codes in the terminal or in a file."""

import io
from pathlib import Path
from typing import Annotated, Any

import segno
import typer

from cross.cli.calls import Calls
from cross.cli.options import api_command
from cross.cli.orders import show_links
from cross.cli.screen import Screen
from cross.switch.qr import svg_of

link = typer.Typer(help="Payment links: create, list, close, print.")

LinkId = Annotated[str, typer.Argument(metavar="ID", help="pl_…")]


@link.command()
@api_command
async def create(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is paid for.")],
    amount: Annotated[
        int | None, typer.Argument(min=1, metavar="AMOUNT", help="Else the payer chooses.")
    ] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "XOF",
    at_least: Annotated[int | None, typer.Option("--min", min=1)] = None,
    at_most: Annotated[int | None, typer.Option("--max", min=1)] = None,
    uses: Annotated[int | None, typer.Option(min=1, help="How many payments; else any.")] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, help="Until it expires; else never.")
    ] = None,
    operator: Annotated[list[str] | None, typer.Option(help="Again for each; else all.")] = None,
) -> None:
    """Make an address that makes an order for whoever opens it."""
    asked = {
        "title": title,
        "currency": currency,
        "amount": amount,
        "amount_min": at_least,
        "amount_max": at_most,
        "uses": uses,
        "expires_in_minutes": minutes,
        "operators": operator or None,
    }
    content = {name: value for name, value in asked.items() if value is not None}
    made = await calls.post("/v1/payment_links", content)
    screen.document(made)
    show_links(screen, [made])


@link.command("list")
@api_command
async def list_(
    screen: Screen,
    calls: Calls,
    *,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List payment links, newest first."""
    found = await calls.get("/v1/payment_links", {"limit": str(limit), "starting_after": after})
    screen.document(found)
    show_links(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@link.command()
@api_command
async def close(screen: Screen, calls: Calls, *, link_id: LinkId) -> None:
    """Take no more payments through a link, for good."""
    closed = await calls.post(f"/v1/payment_links/{link_id}/close")
    screen.document(closed)
    show_links(screen, [closed])


@link.command()
@api_command
async def qr(
    screen: Screen,
    calls: Calls,
    *,
    link_id: LinkId,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="An SVG to print.")] = None,
) -> None:
    """Show a link's QR code, or write it to a file."""
    found: dict[str, Any] = await calls.get(f"/v1/payment_links/{link_id}")
    screen.document(found)
    if out is not None:
        out.write_bytes(svg_of(found["url"]))
        screen.say(fr=f"Écrit : {out}", en=f"Written: {out}")
        return
    drawn = io.StringIO()
    segno.make(found["url"], micro=False, error="m").terminal(drawn, compact=True)
    screen.line(drawn.getvalue())
    screen.line(found["url"])
