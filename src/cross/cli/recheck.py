"""`cross recheck`: ask the operators now about what is not known yet."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from cross.cli.calls import Calls
from cross.cli.legs import is_final
from cross.cli.movements import place_required
from cross.cli.options import api_command
from cross.cli.pages import show_list
from cross.cli.screen import NOT_FINAL, OK, USAGE, Failed, Screen

# Source: api.md section 2: where a movement of each kind stands while its outcome may be unknown.
_MAYBE_UNKNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "transfers": ("debiting", "crediting", "refunding"),
    "collections": ("unknown",),
    "payouts": ("unknown",),
    "refunds": ("unknown",),
}


@api_command
async def recheck(
    screen: Screen,
    calls: Calls,
    *,
    movement_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="trf_…, col_…, po_… or rf_…")
    ] = None,
    all_unknown: Annotated[
        bool, typer.Option("--all-unknown", help="Every movement whose outcome is unknown.")
    ] = False,
) -> int:
    """Ask the operators now; exit code 3 while anything asked about is not final."""
    if (movement_id is None) != all_unknown:
        raise Failed(
            fr="donnez un identifiant, ou --all-unknown",
            en="give an id, or --all-unknown",
            code=USAGE,
        )
    places = [place_required(movement_id)] if movement_id else await _unknown(calls)
    asked = [await calls.post(f"{place}/recheck") for place in places]
    screen.document({"object": "list", "data": asked} if all_unknown else asked[0])
    show_list(screen, asked)
    return OK if all(is_final(movement) for movement in asked) else NOT_FINAL


async def _unknown(calls: Calls) -> list[str]:
    places: list[str] = []
    for noun, statuses in _MAYBE_UNKNOWN.items():
        for status in statuses:
            query = {"status": status}
            places += [
                f"/v1/{noun}/{movement['id']}"
                async for movement in calls.every(f"/v1/{noun}", query)
                if movement["outcome_unknown"]
            ]
    return places
