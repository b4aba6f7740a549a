"""What every command shares: `--json`, `--lang`, `--no-color`, `--quiet`, and how a failure ends.

A command is a function whose first argument is the `Screen`. Those that speak to a running switch
are coroutines, whose second is `Calls`.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any, Final

import typer

from cross.cli.calls import reach
from cross.cli.screen import NOT_FINAL, OK, Failed, Screen
from cross.settings import TerminalSettings


class Lang(StrEnum):
    """The languages that Cross speaks."""

    FR = "fr"
    EN = "en"


_SCREEN: Final[dict[str, Any]] = {
    "as_json": Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")
    ],
    "lang": Annotated[
        Lang | None, typer.Option("--lang", help="French or English; else as LANG says.")
    ],
    "no_color": Annotated[bool, typer.Option("--no-color", help="Plain text.")],
    "quiet": Annotated[bool, typer.Option("--quiet", "-q", help="Print failures only.")],
}
_SWITCH: Final[dict[str, Any]] = {
    "api_url": Annotated[
        str | None,
        typer.Option(
            "--api-url", envvar="CROSS_API_URL", help="The switch; else the running sandbox."
        ),
    ],
    "api_key": Annotated[
        str | None,
        typer.Option("--api-key", envvar="CROSS_API_KEY", help="The merchant's key for it."),
    ],
}


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """A command that speaks to nobody; what it returns is its exit code."""

    def run(screen: Screen, given: dict[str, Any]) -> int | None:
        return function(screen, **given)

    return _command(function, run, skipped=1, shared=_SCREEN)


def api_command(
    function: Callable[..., Coroutine[Any, Any, int | None]],
) -> Callable[..., None]:
    """A command that speaks to a running switch over HTTP."""

    def run(screen: Screen, given: dict[str, Any]) -> int | None:
        api_url, api_key = given.pop("api_url"), given.pop("api_key")

        async def speak() -> int | None:
            async with reach(api_url, api_key) as calls:
                return await function(screen, calls, **given)

        return run_until_done(speak())

    return _command(function, run, skipped=2, shared={**_SWITCH, **_SCREEN})


def run_until_done(work: Coroutine[Any, Any, int | None]) -> int | None:
    """Runs a coroutine to its end; Ctrl-C ends it with the code for *not final*."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        return NOT_FINAL


def remember(
    context: typer.Context,
    *,
    as_json: bool = False,
    lang: Lang | None = None,
    no_color: bool = False,
    quiet: bool = False,
) -> None:
    """Flags given before the command's name hold for the command."""
    context.obj = {"as_json": as_json, "lang": lang, "no_color": no_color, "quiet": quiet}


remember.__annotations__ |= _SCREEN


def _command(
    function: Callable[..., Any],
    run: Callable[[Screen, dict[str, Any]], int | None],
    *,
    skipped: int,
    shared: dict[str, Any],
) -> Callable[..., None]:
    @wraps(function)
    def typed(context: typer.Context, **given: Any) -> None:  # noqa: ANN401  as the user typed
        said = {name: given.pop(name) for name in _SCREEN}
        before: dict[str, Any] = context.obj or {}
        screen = _screen(**{name: value or before.get(name) for name, value in said.items()})
        try:
            code = run(screen, given)
        except Failed as failure:
            screen.failed(failure)
            code = failure.code
        raise typer.Exit(OK if code is None else code)

    own = list(inspect.signature(function, eval_str=True).parameters.values())[skipped:]
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    signature = inspect.Signature(
        [
            context,
            *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own),
            *(_flag(name, annotation) for name, annotation in shared.items()),
        ]
    )
    setattr(typed, "__signature__", signature)  # noqa: B010  Typer reads it; mypy has no word for it
    typed.__annotations__ = {"context": typer.Context}
    return typed


def _flag(name: str, annotation: Any) -> inspect.Parameter:  # noqa: ANN401  an annotation
    default = False if bool in getattr(annotation, "__args__", ()) else None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _screen(
    *, as_json: bool | None, lang: Lang | None, no_color: bool | None, quiet: bool | None
) -> Screen:
    spoken = lang or (Lang.FR if TerminalSettings().lang.startswith("fr") else Lang.EN)
    return Screen(as_json=bool(as_json), lang=spoken.value, color=not no_color, quiet=bool(quiet))
