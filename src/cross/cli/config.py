"""`cross config`: what the settings are, where each comes from, and what is wrong with them."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from pydantic import ValidationError
from pydantic_core import to_jsonable_python
from rich.text import Text

from cross.bootstrap import offered_rates
from cross.cli.config_template import template as template_text
from cross.cli.options import command
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, Screen
from cross.cli.settings_file import chosen, settings_in
from cross.connector.live import unfit_for_live_money
from cross.domain.errors import CrossError
from cross.operators.registry import installed
from cross.sealing import is_readable_by_others, read_master_keys
from cross.settings import Settings, read_by_origin, read_settings, unread_variables
from cross.switch.fees import fee_schedules

MASK: Final = "••••••"

config = typer.Typer(help="The settings: what counts, what is wrong, and all that there is.")

File = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Else cross.toml.")]


class Remark(NamedTuple):
    """A mistake, or what somebody should look at; `key` is the setting at fault."""

    key: str
    words: str
    is_mistake: bool


class Effective(NamedTuple):
    """A setting that counts, and where it comes from."""

    key: str
    value: Any
    origin: str


@config.command()
@command
def template(screen: Screen) -> None:
    """Print a commented cross.toml of every setting at its default."""
    screen.document({"template": template_text()})
    screen.line(template_text())


@config.command()
@command
def show(screen: Screen, *, config: File = None) -> None:
    """Print the settings that count and where each comes from; secrets are masked."""
    settings = settings_in(config)
    lines = list(effective(settings, chosen(config)))
    screen.document(
        {
            "object": "settings",
            "file": str(chosen(config)),
            "settings": {one.key: {"value": one.value, "origin": one.origin} for one in lines},
        }
    )
    table = plain_table(
        (screen.one_of(fr="Réglage", en="Setting"), "left"),
        (screen.one_of(fr="valeur", en="value"), "left"),
        (screen.one_of(fr="origine", en="origin"), "left"),
    )
    for one in lines:
        table.add_row(one.key, str(one.value), Text("" if one.origin == "default" else one.origin))
    screen.show(table)


@config.command()
@command
def check(screen: Screen, *, config: File = None) -> int:
    """Read everything, connect nothing, and name each mistake; exit code 4 where there is one."""
    remarks = list(remarks_on(chosen(config)))
    mistakes = [one for one in remarks if one.is_mistake]
    screen.document(
        {
            "object": "settings_check",
            "file": str(chosen(config)),
            "ok": not mistakes,
            "mistakes": [{"key": one.key, "message": one.words} for one in mistakes],
            "warnings": [
                {"key": one.key, "message": one.words} for one in remarks if not one.is_mistake
            ],
        }
    )
    for one in remarks:
        mark = "✗" if one.is_mistake else "!"
        screen.line(f"{mark} {one.key}: {one.words}")
    if not remarks:
        screen.say(fr="✓ Rien à redire.", en="✓ Nothing is wrong.")
    return CHECK_FAILED if mistakes else OK


def effective(settings: Settings, file: Path) -> Iterator[Effective]:
    """Every setting that counts; what is secret is masked, a database's password left out."""
    places = read_by_origin(file)
    for name in Settings.model_fields:
        value = to_jsonable_python(getattr(settings, name))
        if name == "operators":
            for operator, values in settings.operators.items():
                yield from _of_operator(operator, values, places)
        else:
            yield Effective(name, _shown(name, value), _origin(places, (name,)))


def remarks_on(file: Path) -> Iterator[Remark]:
    """All that is wrong with the settings that a file and the environment give."""
    for name in unread_variables():
        yield Remark(name, f"not a setting{_nearest(name, _variables())}", is_mistake=False)
    try:
        settings = read_settings(file)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            yield _mistake(".".join(str(part) for part in one["loc"]), one["type"], one["msg"])
        return
    except (OSError, tomllib.TOMLDecodeError) as error:
        yield Remark(file.name, str(error), is_mistake=True)
        return
    yield from _in_itself(settings)
    yield from _of_operators(settings)
    yield from _of_the_key_file(settings)
    yield from _in_live_mode(settings)


def _in_itself(settings: Settings) -> Iterator[Remark]:
    for name, reading in (
        ("fees", lambda: fee_schedules(settings.fees)),
        ("rates", lambda: offered_rates(settings.rates)),
    ):
        try:
            reading()
        except (CrossError, ValueError) as error:
            yield Remark(name, str(error), is_mistake=True)
    scheme = settings.database_url.partition(":")[0]
    if scheme not in ("sqlite", "postgresql", "postgres"):
        words = "sqlite:PATH or postgresql://… is expected"
        yield Remark("database_url", words, is_mistake=True)


def _of_operators(settings: Settings) -> Iterator[Remark]:
    known = installed()
    for operator, values in settings.operators.items():
        key = f"operators.{operator}"
        if operator not in known:
            yield Remark(key, f"not installed{_nearest(operator, known)}", is_mistake=True)
            continue
        form = known[operator].settings
        for name in form.spelt(values):
            if form.names and name not in form.names:
                words = f"no setting of {operator}{_nearest(name, form.names)}"
                yield Remark(f"{key}.{name}", words, is_mistake=True)
        for name in form.required:
            if not form.spelt(values).get(name):
                words = "missing here: `cross serve` needs it, from here or stored sealed"
                yield Remark(f"{key}.{name}", words, is_mistake=False)
    if settings.operators and not settings.callback_secret:
        words = "missing here: without it, here or stored sealed, `cross serve` does not start"
        yield Remark("callback_secret", words, is_mistake=False)


def _of_the_key_file(settings: Settings) -> Iterator[Remark]:
    file = settings.master_key_file
    if file is None:
        words = "none: nothing can be sealed, and nobody can administer"
        yield Remark("master_key_file", words, is_mistake=False)
        return
    try:
        read_master_keys(file)
        readable = is_readable_by_others(file)
    except (ValueError, OSError) as error:
        yield Remark("master_key_file", str(error), is_mistake=True)
        return
    if readable:
        words = f"others than its owner may read it: chmod 0400 {file}"
        yield Remark("master_key_file", words, is_mistake=settings.livemode)


def _in_live_mode(settings: Settings) -> Iterator[Remark]:
    if settings.livemode:
        flaw = unfit_for_live_money(settings.public_url, settings.operators)
        if flaw is not None:
            key, _, words = flaw.partition(": ")
            yield Remark(key, words, is_mistake=True)


def _mistake(key: str, kind: str, words: str) -> Remark:
    if kind == "extra_forbidden":
        return Remark(key, f"no such setting{_nearest(key, Settings.model_fields)}", True)  # noqa: FBT003
    return Remark(key, words, is_mistake=True)


def _nearest(name: str, choices: Mapping[str, Any] | tuple[str, ...]) -> str:
    near = get_close_matches(name, list(choices), 1, 0.5)
    return f": {near[0]}?" if near else ""


def _variables() -> tuple[str, ...]:
    return tuple(f"CROSS_{name.upper()}" for name in Settings.model_fields)


def _of_operator(
    operator: str, values: Mapping[str, str], places: Mapping[str, Mapping[str, Any]]
) -> Iterator[Effective]:
    found = installed().get(operator)
    for given, value in values.items():
        name = given if found is None else next(iter(found.settings.spelt({given: value})))
        is_secret = found is None or found.settings.is_secret(name)
        shown = MASK if is_secret and value else value
        origin = _origin(places, ("operators", operator, given))
        yield Effective(f"operators.{operator}.{name}", shown, origin)


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401  whatever a setting may be
    if name == "callback_secret" and value:
        return MASK
    if name == "database_url" and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2]}"
    return value


def _origin(places: Mapping[str, Mapping[str, Any]], path: tuple[str, ...]) -> str:
    for origin, said in places.items():
        found: Any = said
        for part in path:
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is not None:
            return origin
    return "default"
