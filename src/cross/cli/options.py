"""What every command shares: `--json`, `--lang`, `--no-color`, `--quiet`, and how a failure ends.

A command is a function whose first argument is the `Screen`; one that speaks to a running switch is
a coroutine whose second is `Calls`. Then come the groups of options that it gathers, each as one
value, and then what the user typed.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from cross.cli.admin_calls import reach_as_admin
from cross.cli.calls import reach
from cross.cli.screen import NOT_FINAL, OK, Failed, Screen
from cross.settings import TerminalSettings

Port: TypeAlias = Annotated[
    int, typer.Option(min=0, max=65_535, metavar="PORT", help="0: a free one.")
]
PromptDelay: TypeAlias = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="Before a payer answers by himself.")
]
Seed: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="The simulators' same random choices each time.")
]
DatabaseUrl: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="postgresql://… or sqlite:PATH; else SQLite.")
]
Amount: TypeAlias = Annotated[
    int, typer.Argument(min=1, metavar="AMOUNT", help="In the currency's smallest unit.")
]


class Lang(StrEnum):
    """The languages that Cross speaks."""

    FR = "fr"
    EN = "en"


class Form(StrEnum):
    """What an answer looks like."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenOptions:
    """How a command answers."""

    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")
    ] = False
    form: Annotated[
        Form | None, typer.Option("--format", help="For people, as JSON, or a list as CSV.")
    ] = None
    lang: Annotated[
        Lang | None, typer.Option("--lang", help="French or English; else as LANG says.")
    ] = None
    no_color: Annotated[bool, typer.Option("--no-color", help="Plain text.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print failures only.")] = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SwitchOptions:
    """Which switch a command speaks to, and for which merchant."""

    api_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="CROSS_API_URL", help="The switch; else the running sandbox."
        ),
    ] = None
    api_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", envvar="CROSS_API_KEY", help="The merchant's key for it."),
    ] = None
    live: Annotated[bool, typer.Option("--live", help="Real money may move.")] = False


def command(
    function: Callable[..., int | None], *, gathered: tuple[type[Any], ...] = ()
) -> Callable[..., None]:
    """A command; what it returns is its exit code."""

    def run(screen: Screen, groups: list[Any], given: dict[str, Any]) -> int | None:
        return function(screen, *groups, **given)

    return _command(function, run, groups=gathered, skipped=1 + len(gathered))


def api_command(
    function: Callable[..., Coroutine[Any, Any, int | None]],
    *,
    gathered: tuple[type[Any], ...] = (),
) -> Callable[..., None]:
    """A command that speaks to a running switch over HTTP."""

    def run(screen: Screen, groups: list[Any], given: dict[str, Any]) -> int | None:
        *others, switch = groups

        async def speak() -> int | None:
            async with reach(switch.api_url, switch.api_key, live=switch.live) as calls:
                return await function(screen, calls, *others, **given)

        return run_until_done(speak())

    return _command(function, run, groups=(*gathered, SwitchOptions), skipped=2 + len(gathered))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdminOptions:
    """Which switch an admin's command speaks to, and what proves that he may."""

    api_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="CROSS_API_URL",
            help="The switch; else that of cross.toml here, else the running sandbox.",
        ),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The switch's settings, else cross.toml: its address."),
    ] = None
    admin_token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN", envvar="CROSS_ADMIN_TOKEN", help="Else of the master key file."
        ),
    ] = None


def admin_command(
    function: Callable[..., Coroutine[Any, Any, int | None]],
    *,
    gathered: tuple[type[Any], ...] = (),
) -> Callable[..., None]:
    """A command for whoever runs Cross: it speaks to `/admin` of a running switch."""

    def run(screen: Screen, groups: list[Any], given: dict[str, Any]) -> int | None:
        *others, admin = groups

        async def speak() -> int | None:
            async with reach_as_admin(admin.api_url, admin.config, admin.admin_token) as calls:
                return await function(screen, calls, *others, **given)

        return run_until_done(speak())

    return _command(function, run, groups=(*gathered, AdminOptions), skipped=2 + len(gathered))


def run_until_done(work: Coroutine[Any, Any, int | None]) -> int | None:
    """Runs a coroutine to its end; Ctrl-C ends it with the code for *not final*."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        return NOT_FINAL


def remember(context: typer.Context, **given: Any) -> None:  # noqa: ANN401  as the user typed
    """Flags given before the command's name hold for the command."""
    context.obj = ScreenOptions(**given)


def _command(
    function: Callable[..., Any],
    run: Callable[[Screen, list[Any], dict[str, Any]], int | None],
    *,
    groups: tuple[type[Any], ...],
    skipped: int,
) -> Callable[..., None]:
    @wraps(function)
    def typed(context: typer.Context, **given: Any) -> None:  # noqa: ANN401  as the user typed
        *parts, said = [_gathered(group, given) for group in (*groups, ScreenOptions)]
        screen = _screen(said, context.obj or ScreenOptions())
        try:
            code = run(screen, parts, given)
        except Failed as failure:
            screen.failed(failure)
            code = failure.code
        raise typer.Exit(OK if code is None else code)

    own = list(inspect.signature(function, eval_str=True).parameters.values())[skipped:]
    _give_signature(typed, own, (*groups, ScreenOptions))
    return typed


def _give_signature(
    typed: Callable[..., None], own: list[inspect.Parameter], groups: tuple[type[Any], ...]
) -> None:
    """What Typer reads options from: a function's own, then those of each group."""
    keyword, context = inspect.Parameter.KEYWORD_ONLY, typer.Context
    parameters = [inspect.Parameter("context", keyword, annotation=context)]
    parameters += [parameter.replace(kind=keyword) for parameter in own]
    for group in groups:
        parameters += inspect.signature(group, eval_str=True).parameters.values()
    setattr(typed, "__signature__", inspect.Signature(parameters))  # noqa: B010  mypy has no word
    typed.__annotations__ = {"context": context}


_give_signature(remember, [], (ScreenOptions,))


def _gathered(group: type[Any], given: dict[str, Any]) -> Any:  # noqa: ANN401  one of the group
    return group(**{name: given.pop(name) for name in inspect.signature(group).parameters})


def _screen(said: ScreenOptions, before: ScreenOptions) -> Screen:
    """As asked after the command's name, or else before it."""
    asked = {name: value or asdict(before)[name] for name, value in asdict(said).items()}
    lang = asked["lang"] or (Lang.FR if TerminalSettings().lang.startswith("fr") else Lang.EN)
    return Screen(
        as_json=asked["as_json"] or asked["form"] is Form.JSON,
        as_csv=asked["form"] is Form.CSV,
        lang=lang.value,
        color=not asked["no_color"],
        quiet=asked["quiet"],
    )
