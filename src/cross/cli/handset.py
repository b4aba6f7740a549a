"""`cross handset`: a simulated phone in the terminal (sandbox.md section 4)."""

import asyncio
import getpass
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer
from rich.panel import Panel
from rich.text import Text

from cross.cli.calls import Calls, opened_outbound, running_sandbox
from cross.cli.options import command, run_until_done
from cross.cli.screen import OK, USAGE, Failed, Screen, money, phone
from cross.domain.errors import CrossError
from cross.domain.msisdn import TOGO, read_msisdn

LOOK_EVERY_SECONDS: Final = 0.5
ACTIONS: Final = ("approve", "refuse", "ignore")
_NATIONAL_DIGITS_MAX: Final = 8  # operators.md section 6: Togo and Djibouti
PIN: Final = "1234"  # sandbox.md section 2: every wallet's, until it is changed

SimUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="CROSS_SIM_URL", help="The simulators; else the sandbox's."),
]


@command
def handset(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    number: Annotated[
        str | None,
        typer.Argument(metavar="MSISDN|ACTION", help="A phone, or approve, refuse, ignore."),
    ] = None,
    action: Annotated[
        str | None, typer.Argument(metavar="[ACTION]", help="approve, refuse or ignore.")
    ] = None,
    last: Annotated[
        bool, typer.Option("--last", help="The phone that was asked last; needs no number.")
    ] = False,
    pin: Annotated[str, typer.Option(metavar="PIN", help="What approve types.")] = PIN,
    sim_url: SimUrl = None,
) -> int | None:
    """Hold a simulated phone: see its prompts and messages, and answer them."""
    if number in ACTIONS and action is None:
        number, action = None, number
    if action is not None and action not in ACTIONS:
        raise Failed(
            fr=f"{action} n'est pas approve, refuse ou ignore",
            en=f"{action} is none of approve, refuse, ignore",
            code=USAGE,
        )
    if number is None and not (action or last):
        raise Failed(
            fr="quel téléphone ? Donnez un numéro, ou une action sur la dernière demande",
            en="which phone? Give a number, or an action on the last request",
            code=USAGE,
        )
    hold = _Hold(None if number is None else _digits(number), action, pin)
    return run_until_done(_hold(screen, simulators_at(sim_url), hold))


@dataclass(frozen=True, slots=True)
class _Hold:
    """Which phone is held, and what is done with its oldest prompt; None: whatever is typed."""

    number: str | None
    action: str | None
    pin: str


@dataclass(slots=True)
class _Seen:
    """What the terminal has shown already."""

    sms: list[Mapping[str, Any]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)


async def _hold(screen: Screen, url: str, hold: _Hold) -> int:
    async with opened_outbound() as outbound:
        calls = Calls(outbound, url)
        number = hold.number or await _asked_last(calls)
        state = await _state(calls, number)
        if hold.action is not None:
            return await _act(screen, calls, state, hold)
        if screen.as_json or not sys.stdin.isatty():
            screen.document(state)
            _show(screen, state)
            return OK
        return await _stay(screen, calls, number)


async def _act(screen: Screen, calls: Calls, state: Mapping[str, Any], hold: _Hold) -> int:
    prompts: Sequence[Mapping[str, Any]] = state["prompts"]
    if not prompts:
        raise Failed(
            fr=f"aucune demande sur {phone(state['msisdn'])}",
            en=f"no request on {phone(state['msisdn'])}",
        )
    oldest = prompts[0]
    if hold.action == "ignore":
        said: Mapping[str, Any] = {"id": oldest["id"], "state": "pending", "failure": None}
    else:
        said = await _answer(
            calls, state["msisdn"], oldest, approve=hold.action == "approve", pin=hold.pin
        )
    screen.document({"msisdn": state["msisdn"], **said})
    _told(screen, said)
    return OK


async def _stay(screen: Screen, calls: Calls, number: str) -> int:
    """The phone in the hand until Ctrl-C: messages as they come, a PIN wherever one is asked."""
    screen.say(
        fr=f"Téléphone {phone(number)}. Ctrl-C le pose.",
        en=f"Phone {phone(number)}. Ctrl-C puts it down.",
    )
    seen = _Seen()
    while True:
        state = await _state(calls, number)
        for one in state["sms"]:
            if one not in seen.sms:
                seen.sms.append(one)
                screen.show(Text(f"SMS  {one['text']}", "cyan"))
        waiting = [one for one in state["prompts"] if one["id"] not in seen.ignored]
        if waiting:
            await _ask_the_person(screen, calls, number, waiting[0], seen)
        else:
            await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _ask_the_person(
    screen: Screen, calls: Calls, number: str, prompt: Mapping[str, Any], seen: _Seen
) -> None:
    screen.show(Panel(Text(prompt["text"]), title=prompt["operator"], width=60))
    question = screen.one_of(
        fr="Code secret (vide : refuser, i : ignorer) : ", en="PIN (empty: refuse, i: ignore): "
    )
    typed = await asyncio.to_thread(getpass.getpass, question)
    if typed == "i":
        seen.ignored.add(prompt["id"])
        return
    try:
        _told(screen, await _answer(calls, number, prompt, approve=bool(typed), pin=typed))
    except Failed as gone:
        screen.say(fr=gone.fr, en=gone.en)


async def _answer(
    calls: Calls, number: str, prompt: Mapping[str, Any], *, approve: bool, pin: str
) -> Mapping[str, Any]:
    said: Mapping[str, Any] = await calls.post(
        f"/control/handsets/{number}/prompts/{prompt['id']}",
        {"action": "approve", "pin": pin} if approve else {"action": "refuse"},
    )
    return said


async def _state(calls: Calls, number: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await calls.get(f"/control/handsets/{number}")
    return found


async def _asked_last(calls: Calls) -> str:
    """The phone with the newest open prompt."""
    found = await calls.get("/control/prompts")
    if not found["data"]:
        raise Failed(fr="aucune demande sur aucun téléphone", en="no request on any phone")
    return str(found["data"][-1]["msisdn"])


def _show(screen: Screen, state: Mapping[str, Any]) -> None:
    screen.say(fr=f"Téléphone {phone(state['msisdn'])}", en=f"Phone {phone(state['msisdn'])}")
    for one in state["balances"]:
        screen.show(Text(f"{one['operator']}: {money(one['balance'], one['currency'])}"))
    for one in state["prompts"]:
        screen.show(Panel(Text(one["text"]), title=one["operator"], width=60))
    for one in state["sms"]:
        screen.show(Text(f"SMS  {one['text']}", "cyan"))


def _told(screen: Screen, said: Mapping[str, Any]) -> None:
    match said["state"], said["failure"]:
        case "paid", _:
            screen.say(fr="Payé.", en="Paid.", style="green")
        case "pending", _ if said.get("pin_tries_left") is not None:
            left = said["pin_tries_left"]
            screen.say(fr=f"Code erroné, {left} essais restants.", en=f"Wrong PIN, {left} left.")
        case "pending", _:
            screen.say(fr="Ignorée : elle reste ouverte.", en="Ignored: it stays open.")
        case _, failure:
            screen.say(fr=f"Refusé : {failure}.", en=f"Refused: {failure}.")


def _digits(typed: str) -> str:
    if typed.isdigit() and len(typed) > _NATIONAL_DIGITS_MAX:
        return typed  # with its country's code, as the simulators write it
    try:
        return read_msisdn(typed, country=TOGO, param="MSISDN").digits
    except CrossError as error:
        raise Failed(fr=str(error), en=str(error), code=USAGE) from None


def simulators_at(url: str | None) -> str:
    """Where the simulated operators are; raises `Failed` where nobody says."""
    found = url or running_sandbox().get("sim_url")
    if found is None:
        raise Failed(
            fr="quels simulateurs ? --sim-url, CROSS_SIM_URL, ou `cross sandbox`",
            en="which simulators? --sim-url, CROSS_SIM_URL, or `cross sandbox`",
        )
    return found.rstrip("/")
