"""`cross trigger`: makes an event really happen in a sandbox, and waits until it is told."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from cross.cli import demo_walk
from cross.cli.agreement import Wallet
from cross.cli.calls import Calls, running_sandbox
from cross.cli.following import until_final
from cross.cli.options import api_command
from cross.cli.recipes import APPROVED, RECIPES, Recipe, Then
from cross.cli.screen import NOT_FINAL, OK, USAGE, Failed, Screen
from cross.cli.visitor import Lost
from cross.domain.msisdn import COUNTRIES, read_msisdn

AMOUNT: Final = 1_500
USUAL_OPERATOR: Final = "tmoney"
LIVE_KEY: Final = "sk_live_"
PROMPT_SECONDS: Final = 130.0  # longer than any simulated prompt: sandbox.md section 3
_LOOK_EVERY_SECONDS: Final = 0.2
_PAUSE_SECONDS: Final = 1.0
_DIGITS: Final = "1122334"
_NATIONAL_DIGITS: Final = 8  # Togo and Djibouti both


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something is about to happen: at which operator, and who else is there."""

    calls: Calls
    operator: Mapping[str, Any]
    others: Sequence[Mapping[str, Any]]
    sandbox: Mapping[str, str]


@api_command
async def trigger(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    event: Annotated[
        str | None, typer.Argument(metavar="[EVENT]", help="Such as order.paid; none: which.")
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="Such as amount=2500 or metadata.cart=77."),
    ] = None,
    operator: Annotated[
        str | None, typer.Option(metavar="NAME", help="Where it happens, such as flooz.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--timeout", min=0, help="Seconds to wait for the event.")
    ] = None,
) -> int:
    """Make an event happen in a sandbox, by a number with a fixed outcome."""
    if event is None:
        screen.document({"object": "list", "data": list(RECIPES)})
        for name in RECIPES:
            screen.line(name)
        return OK
    recipe = _recipe_of(event)
    if (calls.key or "").startswith(LIVE_KEY):
        raise Failed(
            fr="cette clé est pour de l'argent réel : cross trigger n'en fait pas bouger",
            en="this key is for real money: cross trigger does not move any",
            code=USAGE,
        )
    must_push = recipe.noun in ("transfers", "collections")
    scene = await _scene(calls, operator, must_push=must_push)
    made = await _make(screen, scene, recipe, overrides=_overrides(override or []))
    wait = recipe.seconds if seconds is None else seconds
    told = await _until_told(calls, event, made["id"], seconds=wait)
    screen.document({"object": "triggered", "made": made["id"], "event": told})
    if told is None:
        screen.say(fr=f"Pas encore de {event}.", en=f"No {event} yet.", style="yellow")
        return NOT_FINAL
    screen.show(Text(f"{told['type']}  ", "bold green") + Text(told["id"]))
    screen.show(Text(f"n° {told['sequence']}  {told['created_at']}", "dim"))
    return OK


def _recipe_of(event: str) -> Recipe:
    recipe = RECIPES.get(event)
    if recipe is None:
        known = ", ".join(RECIPES)
        raise Failed(
            fr=f"{event} ne se déclenche pas ; se déclenchent : {known}",
            en=f"{event} cannot be triggered; these can: {known}",
            code=USAGE,
        )
    return recipe


async def _scene(calls: Calls, name: str | None, *, must_push: bool) -> Scene:
    known = (await calls.get("/v1/operators"))["data"]
    able = [one for one in known if one["collect"] == "push" and one["pay_out"]]
    chosen = next((one for one in known if one["name"] == (name or USUAL_OPERATOR)), None)
    if name is None and chosen is None and able:
        chosen = able[0]
    if chosen is None or (must_push and chosen["collect"] != "push"):
        usable = ", ".join(one["name"] for one in able)
        raise Failed(fr=f"--operator : {usable}", en=f"--operator: one of {usable}", code=USAGE)
    others = [one for one in known if one["pay_out"] and one is not chosen]
    others.sort(key=lambda one: one["currency"] != chosen["currency"])
    sandbox = running_sandbox()
    ours = sandbox if sandbox.get("api_url") == calls.url else {}
    return Scene(calls, chosen, others, ours)


async def _make(
    screen: Screen, scene: Scene, recipe: Recipe, *, overrides: Sequence[tuple[str, Any]]
) -> dict[str, Any]:
    """The object that the event will be about."""
    body = _body(scene, recipe)
    for path, value in overrides:
        _put(body, path, value)
    made: dict[str, Any] = await scene.calls.open(f"/v1/{recipe.noun}", body, key=None)
    screen.line(made["id"])
    match recipe.then:
        case Then.CANCEL:
            await _cancel(scene.calls, f"/v1/{recipe.noun}/{made['id']}")
        case Then.REFUND:
            made = await _refunded(scene.calls, made)
            screen.line(made["id"])
        case Then.WALK:
            await _walk(scene, made)
        case Then.LET_THE_PROMPT_END:
            await _let_the_prompt_end(screen, scene)
        case Then.NOTHING:
            pass
    return made


def _body(scene: Scene, recipe: Recipe) -> dict[str, Any]:
    operator = scene.operator
    body: dict[str, Any] = {
        "amount": AMOUNT,
        "currency": operator["currency"],
        "reference": f"TRIGGER-{secrets.token_hex(6)}",
    }
    wallet = {"operator": operator["name"], "msisdn": _number(operator, recipe.payer)}
    match recipe.noun:
        case "transfers":
            if not scene.others:
                raise Failed(fr="un seul opérateur ici", en="only one operator here")
            other = scene.others[0]
            payee = {"operator": other["name"], "msisdn": _number(other, recipe.payee)}
            return {
                **body,
                "currency": other["currency"],
                "source": wallet,
                "destination": payee,
            }
        case "payouts":
            return {**body, **wallet, "msisdn": _number(operator, recipe.payee)}
        case "orders":
            minutes = {} if recipe.minutes is None else {"expires_in_minutes": recipe.minutes}
            return {**body, **minutes, "title": "cross trigger"}
        case _:
            return {**body, **wallet}


async def _cancel(calls: Calls, path: str) -> None:
    """Takes it back, once what was asked of the operator has been answered."""
    for attempt in range(5):
        try:
            await calls.post(f"{path}/cancel")
        except Failed:
            if attempt == 4:  # noqa: PLR2004
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


async def _refunded(calls: Calls, collection: Mapping[str, Any]) -> dict[str, Any]:
    paid = await until_final(calls, collection, seconds=60, seen=lambda _: None)
    body = {"collection": paid["id"], "reference": f"TRIGGER-{secrets.token_hex(6)}"}
    refund: dict[str, Any] = await calls.open("/v1/refunds", body, key=None)
    return refund


async def _walk(scene: Scene, order: Mapping[str, Any]) -> None:
    operator, outbound = scene.operator, scene.calls.outbound
    number = read_msisdn(_number(operator, APPROVED), country=COUNTRIES[operator["country"]]).e164
    simulators = Calls(outbound, scene.sandbox.get("sim_url", ""))
    wallet = Wallet(operator["name"], number.removeprefix("+"))
    try:
        await demo_walk.pay_order(simulators, order["checkout_url"], wallet)
    except Lost as lost:
        raise Failed(fr=f"page de paiement : {lost}", en=f"checkout page: {lost}") from None


async def _let_the_prompt_end(screen: Screen, scene: Scene) -> None:
    """In the running sandbox the operators' clock moves ahead; elsewhere it takes its time."""
    if "sim_url" not in scene.sandbox:
        screen.say(fr="Environ deux minutes…", en="About two minutes…")
        return
    await asyncio.sleep(_PAUSE_SECONDS)
    simulators = Calls(scene.calls.outbound, scene.sandbox["sim_url"])
    await simulators.post("/control/clock", {"advance_seconds": PROMPT_SECONDS})


async def _until_told(
    calls: Calls, event: str, about: str, *, seconds: float
) -> dict[str, Any] | None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    while True:
        found = (await calls.get("/v1/events", {"object": about, "type": event}))["data"]
        if found or loop.time() >= ends_at:
            return found[0] if found else None
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _number(operator: Mapping[str, Any], ending: str) -> str:
    """A number of nobody in that operator's plan whose last two digits decide."""
    prefix: str = operator["prefixes"][0]
    return f"{prefix}{_DIGITS[: _NATIONAL_DIGITS - len(prefix) - len(ending)]}{ending}"


def _overrides(given: Sequence[str]) -> list[tuple[str, Any]]:
    found = []
    for text in given:
        path, equals, value = text.partition("=")
        if not path or not equals:
            raise Failed(
                fr=f"--override : {text} n'est pas champ=valeur",
                en=f"--override: {text} is not field=value",
                code=USAGE,
            )
        found.append((path, _value(value)))
    return found


def _value(text: str) -> Any:  # noqa: ANN401  JSON
    try:
        return json.loads(text)
    except ValueError:
        return text


def _put(body: dict[str, Any], path: str, value: Any) -> None:  # noqa: ANN401  JSON
    *outer, last = path.split(".")
    place = body
    for name in outer:
        place = place.setdefault(name, {})
    place[last] = value if outer[:1] != ["metadata"] else str(value)
