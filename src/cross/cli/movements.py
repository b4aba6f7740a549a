"""`cross show`, `cross list`, `cross find`: what became of movements."""

from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any

import typer

from cross.cli.calls import Calls
from cross.cli.legs import NOUNS, place_of
from cross.cli.options import api_command
from cross.cli.orders import show_order, show_orders
from cross.cli.pages import show_list, show_movement
from cross.cli.screen import USAGE, Failed, Screen
from cross.domain.errors import InvalidMsisdn
from cross.domain.ids import ORDER
from cross.domain.msisdn import read_msisdn


class Noun(StrEnum):
    """What can be listed."""

    TRANSFERS = "transfers"
    COLLECTIONS = "collections"
    PAYOUTS = "payouts"
    REFUNDS = "refunds"
    ORDERS = "orders"


@api_command
async def show(
    screen: Screen,
    calls: Calls,
    *,
    movement_id: Annotated[
        str, typer.Argument(metavar="ID", help="trf_…, col_…, po_…, rf_… or ord_…")
    ],
) -> None:
    """Show one movement or order: its legs or attempts, and why it failed."""
    if movement_id.startswith(f"{ORDER}_"):
        order = await calls.get(f"/v1/orders/{movement_id}")
        screen.document(order)
        show_order(screen, order)
        return
    movement = await calls.get(place_required(movement_id))
    screen.document(movement)
    show_movement(screen, movement)


@api_command
async def list_(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    noun: Annotated[Noun, typer.Argument(metavar="transfers|collections|payouts|refunds|orders")],
    status: Annotated[str | None, typer.Option(help="A status of api.md section 2.")] = None,
    operator: Annotated[str | None, typer.Option()] = None,
    reference: Annotated[str | None, typer.Option(help="Your own reference.")] = None,
    msisdn: Annotated[str | None, typer.Option(help="A number, as people write it.")] = None,
    created_from: Annotated[str | None, typer.Option(help="2026-11-22T00:00:00Z")] = None,
    created_to: Annotated[str | None, typer.Option(help="2026-11-23T00:00:00Z")] = None,
    after: Annotated[str | None, typer.Option(help="The id that the last page ended with.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """List movements or orders, newest first."""
    query = {
        "status": status,
        "operator": operator,
        "reference": reference,
        "msisdn": msisdn,
        "created_from": created_from,
        "created_to": created_to,
        "starting_after": after,
        "limit": str(limit),
    }
    found = await calls.get(f"/v1/{noun}", query)
    screen.document(found)
    as_table = show_orders if noun is Noun.ORDERS else show_list
    as_table(screen, found["data"])
    if found["has_more"]:
        more = found["next_cursor"]
        screen.say(fr=f"La suite : --after {more}", en=f"There is more: --after {more}")


@api_command
async def find(
    screen: Screen,
    calls: Calls,
    *,
    words: Annotated[
        str, typer.Argument(metavar="TEXT", help='A number ("90 12 34 56"), a reference or an id.')
    ],
) -> None:
    """Find movements of every kind by a phone number, a reference or an id."""
    place = place_of(words)
    found = [await calls.get(place)] if place is not None else await _search(calls, words)
    found.sort(key=lambda movement: str(movement["created_at"]), reverse=True)
    screen.document({"object": "list", "data": found})
    show_list(screen, found)


def place_required(movement_id: str) -> str:
    """Where the API keeps it; raises `Failed` for what is no movement's id."""
    place = place_of(movement_id)
    if place is None:
        kinds = ", ".join(f"{prefix}_…" for prefix in NOUNS)
        raise Failed(
            fr=f"{movement_id} n'est pas l'identifiant d'un mouvement ({kinds})",
            en=f"{movement_id} is not the id of a movement ({kinds})",
            code=USAGE,
        )
    return place


async def _search(calls: Calls, words: str) -> list[dict[str, Any]]:
    queries = [{"reference": words}]
    with suppress(InvalidMsisdn):  # then it is a reference
        queries.append({"msisdn": read_msisdn(words, country=None).e164})
    found: dict[str, dict[str, Any]] = {}
    for noun in NOUNS.values():
        for query in queries:
            page = await calls.get(f"/v1/{noun}", {**query, "limit": "100"})
            found.update({movement["id"]: movement for movement in page["data"]})
    return list(found.values())
