"""`cross secrets`: operators' credentials sealed in the books, and the keys that seal them.

Through the switch where one runs; else in its books, which nobody else may then hold.
"""

import base64
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any, Final, Protocol

import typer
from rich.progress import Progress

from cross.cli.admin_calls import reach_as_admin, sandbox_meant
from cross.cli.books_alone import Alone, opened_alone
from cross.cli.calls import Calls
from cross.cli.options import AdminOptions, command, run_until_done
from cross.cli.pages import plain_table
from cross.cli.screen import USAGE, Failed, Screen
from cross.cli.settings_file import settings_in
from cross.domain.errors import CrossError
from cross.operators.registry import installed
from cross.sealing import SealingRefused
from cross.storage.store import StoreRefused
from cross.switch import secrets as sealed
from cross.switch.secrets import OURS, MasterKeyInUse

OUR_FIELDS: Final = ("callback_secret",)

secrets = typer.Typer(help="Operators' credentials, sealed in the books under a master key.")

_secrets_command: Final = partial(command, gathered=(AdminOptions,))

Operator = Annotated[str, typer.Argument(metavar="OPERATOR", help="Or `cross`, for its own.")]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="As the operator names it.")]


class Keeper(Protocol):
    """Where secrets are kept: a switch that runs, or its books alone."""

    async def list(self) -> dict[str, Any]:
        """Which there are."""

    async def keep(self, operator: str, field: str, value: str) -> dict[str, Any]:
        """Sets one."""

    async def forget(self, operator: str, field: str) -> dict[str, Any]:
        """Takes one out."""

    async def rotate(self) -> dict[str, Any]:
        """Makes a new master key, or goes on with the last rotation."""

    async def reseal(self) -> dict[str, Any]:
        """Seals some again."""

    async def retire(self, name: str) -> dict[str, Any]:
        """Takes an older master key out."""


@secrets.command("list")
@_secrets_command
def list_(screen: Screen, admin: AdminOptions) -> int | None:
    """List which secrets are kept, since when, and under which master key; never a value."""

    async def show(keeper: Keeper) -> None:
        found = await keeper.list()
        screen.document(found)
        table = plain_table(
            (screen.one_of(fr="Opérateur", en="Operator"), "left"),
            (screen.one_of(fr="champ", en="field"), "left"),
            (screen.one_of(fr="depuis", en="since"), "left"),
            (screen.one_of(fr="clé maîtresse", en="master key"), "left"),
        )
        for one in found["data"]:
            table.add_row(one["operator"], one["field"], one["set_at"][:19], one["master_key"])
        screen.show(table)

    return _with_keeper(admin, show)


@secrets.command("set")
@_secrets_command
def set_(screen: Screen, admin: AdminOptions, *, operator: Operator, field: Field) -> int | None:
    """Keep a secret, typed unseen or read from standard input; the next start takes it."""
    _require_field(operator, field)
    value = _typed(operator, field)

    async def keep(keeper: Keeper) -> None:
        screen.document(await keeper.keep(operator, field, value))
        screen.say(
            fr=f"{operator} {field} : gardé, pris au prochain démarrage de `cross serve`.",
            en=f"{operator} {field}: kept, taken at the next start of `cross serve`.",
        )

    return _with_keeper(admin, keep)


@secrets.command()
@_secrets_command
def delete(screen: Screen, admin: AdminOptions, *, operator: Operator, field: Field) -> int | None:
    """Forget a secret; what the settings say counts again."""

    async def forget(keeper: Keeper) -> None:
        screen.document(await keeper.forget(operator, field))
        screen.say(fr=f"{operator} {field} : oublié.", en=f"{operator} {field}: forgotten.")

    return _with_keeper(admin, forget)


@secrets.command()
@_secrets_command
def rotate(screen: Screen, admin: AdminOptions) -> int | None:
    """Make a new master key and seal everything under it; goes on where it was interrupted."""

    async def go(keeper: Keeper) -> None:
        begun = await keeper.rotate()
        total, left = int(begun["left"]), int(begun["left"])
        with Progress(console=screen.err, transient=True, disable=screen.as_json) as progress:
            task = progress.add_task(screen.one_of(fr="scellement", en="sealing"), total=total)
            while left:
                left = int((await keeper.reseal())["left"])
                progress.update(task, completed=total - left)
        older = [name for name in begun["master_keys"] if name != begun["current"]]
        screen.document({**begun, "resealed": total, "left": left})
        screen.say(
            fr=f"{total} secrets scellés sous {begun['current']!r}. Quand toutes les sauvegardes "
            f"utiles en dépendent : `cross secrets retire {older[-1] if older else 'NOM'}`.",
            en=f"{total} secrets sealed under {begun['current']!r}. Once no backup needs it: "
            f"`cross secrets retire {older[-1] if older else 'NAME'}`.",
        )

    return _with_keeper(admin, go)


@secrets.command()
@_secrets_command
def retire(
    screen: Screen,
    admin: AdminOptions,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An older master key's.")],
) -> int | None:
    """Take an older master key out of its file; refused while anything is sealed under it."""

    async def go(keeper: Keeper) -> None:
        screen.document(await keeper.retire(name))
        screen.say(fr=f"{name} : retirée.", en=f"{name}: taken out.")

    return _with_keeper(admin, go)


class _ThroughSwitch:
    """The admin calls of a switch that runs."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def list(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._calls.get("/admin/secrets")
        return found

    async def keep(self, operator: str, field: str, value: str) -> dict[str, Any]:
        content = {"value_base64": base64.b64encode(value.encode()).decode()}
        found: dict[str, Any] = await self._calls.put(f"/admin/secrets/{operator}/{field}", content)
        return found

    async def forget(self, operator: str, field: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._calls.delete(f"/admin/secrets/{operator}/{field}")
        return found

    async def rotate(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._calls.post("/admin/secrets/rotate")
        return found

    async def reseal(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._calls.post("/admin/secrets/reseal")
        return found

    async def retire(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._calls.post("/admin/secrets/retire", {"name": name})
        return found


class _InBooks:
    """The books themselves, while no switch holds them."""

    def __init__(self, alone: Alone) -> None:
        self._alone = alone
        self._vault = alone.vault

    async def list(self) -> dict[str, Any]:
        data = [
            {
                "operator": one.owner,
                "field": one.field,
                "set_at": one.at.isoformat(),
                "master_key": one.master_key,
            }
            for one in await sealed.listed(self._vault)
        ]
        return {"object": "list", "data": data, **self._keys()}

    async def keep(self, operator: str, field: str, value: str) -> dict[str, Any]:
        await sealed.keep(self._vault, operator, field, value)
        await self._alone.note("secrets.set", f"{operator}.{field}")
        return {"operator": operator, "field": field, "set": True}

    async def forget(self, operator: str, field: str) -> dict[str, Any]:
        await sealed.forget(self._vault, operator, field)
        await self._alone.note("secrets.delete", f"{operator}.{field}")
        return {"operator": operator, "field": field, "deleted": True}

    async def rotate(self) -> dict[str, Any]:
        made = await sealed.begin_rotation(self._vault, self._alone.random_bits)
        if made:
            await self._alone.note("secrets.rotate", str(self._vault.seals.current))
        return {"made": made, "left": await sealed.left(self._vault), **self._keys()}

    async def reseal(self) -> dict[str, Any]:
        return {"left": await sealed.reseal(self._vault), **self._keys()}

    async def retire(self, name: str) -> dict[str, Any]:
        await sealed.retire(self._vault, name)
        await self._alone.note("secrets.retire", name)
        return {"retired": name, **self._keys()}

    def _keys(self) -> dict[str, Any]:
        seals = self._vault.seals
        return {"current": seals.current, "master_keys": list(seals.names)}


def _with_keeper(admin: AdminOptions, work: Callable[[Keeper], Awaitable[None]]) -> int | None:
    async def go() -> None:
        async with _keeper(admin) as keeper:
            try:
                await work(keeper)
            except (SealingRefused, MasterKeyInUse, CrossError, ValueError) as error:
                raise Failed(fr=str(error), en=str(error)) from None

    return run_until_done(go())


@asynccontextmanager
async def _keeper(admin: AdminOptions) -> AsyncIterator[Keeper]:
    named = admin.api_url is not None or admin.admin_token is not None
    if not named and not sandbox_meant(admin.api_url, admin.config):
        try:
            async with opened_alone(settings_in(admin.config)) as alone:
                yield _InBooks(alone)
                return
        except StoreRefused:
            pass  # a switch holds them: it is asked
    async with reach_as_admin(admin.api_url, admin.config, admin.admin_token) as calls:
        yield _ThroughSwitch(calls)


def _require_field(operator: str, field: str) -> None:
    """A misspelt name would be a secret that nobody reads."""
    known = {name: found.settings.names for name, found in installed().items()}
    known[OURS] = OUR_FIELDS
    names = known.get(operator)
    if names is None or (names and field not in names):
        wrong, choices = (operator, tuple(known)) if names is None else (field, names)
        near = get_close_matches(wrong, choices, 1)
        said = near[0] if near else ", ".join(choices)
        raise Failed(
            fr=f"{wrong!r} n'existe pas : {said} ?",
            en=f"there is no {wrong!r}: {said}?",
            code=USAGE,
        )


def _typed(operator: str, field: str) -> str:
    if sys.stdin.isatty():
        value = str(typer.prompt(f"{operator} {field}", hide_input=True, err=True))
    else:
        value = sys.stdin.read().rstrip("\n")
    if not value:
        raise Failed(
            fr=f"{operator} {field} : rien n'a été donné",
            en=f"{operator} {field}: nothing was given",
            code=USAGE,
        )
    return value
