"""`cross init`: from nothing to a switch that starts: settings, master key, books, a merchant."""

import getpass
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
from rich.prompt import Confirm, Prompt

from cross.bootstrap import callback_token
from cross.cli.books_alone import Alone, opened_alone, refused
from cross.cli.config_template import in_toml
from cross.cli.doctor import show_checks
from cross.cli.options import command, run_until_done
from cross.cli.screen import OK, USAGE, Failed, Screen
from cross.cli.settings_file import settings_in
from cross.clock import system_clock
from cross.domain.ids import API_KEY, MERCHANT
from cross.operators.registry import installed
from cross.outbound_http import HttpOutbound
from cross.randomness import RandomSource
from cross.sealing import new_master_key_line
from cross.storage.store import ApiKeyRow, MerchantRow, StoreRefused
from cross.switch import secrets as sealed
from cross.switch.keys import MERCHANT_SCOPES, hash_of, new_secret

SETTINGS_FILE: Final = "cross.toml"
ENV_FILE: Final = ".env"
MASTER_KEY_FILE: Final = "master.key"
BOOKS_FILE: Final = "cross.db"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Wishes:
    """What the flags say; what they leave out is asked, or at its default with --yes."""

    folder: Annotated[
        Path, typer.Option("--dir", metavar="FOLDER", help="Where all of it is written.")
    ] = Path()
    database_url: Annotated[
        str | None, typer.Option(metavar="URL", help="postgresql://… or sqlite:PATH.")
    ] = None
    host: Annotated[str | None, typer.Option(metavar="TEXT")] = None
    port: Annotated[int | None, typer.Option(min=0, max=65_535, metavar="PORT")] = None
    public_url: Annotated[str | None, typer.Option(metavar="URL", help="Where payers come.")] = None
    live: Annotated[bool, typer.Option("--live", help="Real money.")] = False
    merchant: Annotated[str | None, typer.Option(metavar="NAME", help="The first merchant.")] = None
    operator: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Again for each.")] = (
        None
    )
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="OPERATOR.FIELD=VALUE", help="Again for each; =@FILE reads it there."
        ),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False
    force: Annotated[bool, typer.Option("--force", help="Over files that are there.")] = False


@dataclass(slots=True, repr=False)
class Answers:
    """What was decided; `operators` holds secrets until they are sealed."""

    folder: Path
    database_url: str
    host: str
    port: int
    public_url: str
    livemode: bool
    merchant: str
    callback_secret: str
    operators: dict[str, dict[str, str]] = field(default_factory=dict)


@partial(command, gathered=(Wishes,))
def init(screen: Screen, wishes: Wishes) -> int | None:
    """Write cross.toml, .env, the master key and the books; make a merchant and its key."""
    if not wishes.yes and not sys.stdin.isatty():
        raise Failed(
            fr="aucun terminal : --yes prend les valeurs par défaut ; --database-url, --port, "
            "--public-url, --merchant, --operator, --set les changent",
            en="no terminal: --yes takes the defaults; --database-url, --port, --public-url, "
            "--merchant, --operator, --set change them",
            code=USAGE,
        )
    _require_free(wishes)
    answers = _asked(screen, wishes)
    _ask_operators(screen, wishes, answers)
    return run_until_done(_made(screen, answers, force=wishes.force))


async def _made(screen: Screen, answers: Answers, *, force: bool) -> int:
    await _try_operators(answers)
    file = _write_files(answers, force=force)
    try:
        settings = settings_in(file)
        async with opened_alone(settings) as alone:
            keys = await _furnish(alone, answers)
    except StoreRefused as error:
        raise refused(error) from None
    callbacks = {
        name: f"{settings.for_switch().public_url}/callbacks/{name}/"
        f"{callback_token(answers.callback_secret, name)}"
        for name in answers.operators
    }
    _tell(screen, file, keys, callbacks)
    code = await show_checks(screen, settings, document=False)
    screen.document(
        {
            "object": "installation",
            "config": str(file),
            **keys,
            "callback_urls": callbacks,
            "doctor": "ok" if code == OK else "failed",
        }
    )
    return OK


def _require_free(wishes: Wishes) -> None:
    there = [
        name
        for name in (SETTINGS_FILE, ENV_FILE, MASTER_KEY_FILE)
        if (wishes.folder / name).exists()
    ]
    if there and not wishes.force:
        said = ", ".join(there)
        raise Failed(
            fr=f"{said} : déjà là. --force remplace cross.toml et .env, jamais la clé maîtresse",
            en=f"{said}: there already. --force replaces cross.toml and .env, never the master key",
            code=USAGE,
        )


def _asked(screen: Screen, wishes: Wishes) -> Answers:
    def ask(fr: str, en: str, given: object, default: str) -> str:
        if given is not None:
            return str(given)
        return default if wishes.yes else Prompt.ask(screen.one_of(fr=fr, en=en), default=default)

    folder = wishes.folder.resolve()
    host = ask("Adresse d'écoute", "Address to listen on", wishes.host, "127.0.0.1")
    port = ask("Port", "Port", wishes.port, "8228")
    if not port.isascii() or not port.isdecimal():
        raise Failed(fr=f"port : {port!r}", en=f"port: {port!r}", code=USAGE)
    return Answers(
        folder=folder,
        database_url=ask(
            "Base de données",
            "Database",
            wishes.database_url,
            f"sqlite:{folder / BOOKS_FILE}",
        ),
        host=host,
        port=int(port),
        public_url=ask(
            "Adresse publique", "Public address", wishes.public_url, f"http://{host}:{port}"
        ),
        livemode=wishes.live,
        merchant=ask("Premier marchand", "First merchant", wishes.merchant, "Boutique"),
        callback_secret=secrets.token_hex(32),
    )


def _ask_operators(screen: Screen, wishes: Wishes, answers: Answers) -> None:
    given = _given_settings(wishes.setting or [])
    known = installed()
    for name in (*(wishes.operator or ()), *given):
        if name not in known:
            raise Failed(
                fr=f"opérateur {name!r} : {', '.join(known)}",
                en=f"operator {name!r}: {', '.join(known)}",
                code=USAGE,
            )
    chosen = list(dict.fromkeys((*(wishes.operator or ()), *given)))
    if not chosen and not wishes.yes:
        chosen = [
            name
            for name, found in known.items()
            if Confirm.ask(
                screen.one_of(fr=f"Relier {found.profile.title} ?", en=f"{found.profile.title}?"),
                default=False,
            )
        ]
    for name in chosen:
        values = dict(given.get(name, {}))
        if "notify_url" in known[name].settings.required:
            token = callback_token(answers.callback_secret, name)
            values.setdefault(
                "notify_url", f"{answers.public_url.rstrip('/')}/callbacks/{name}/{token}"
            )
        given[name] = values
    if wishes.yes:
        _refuse_missing({name: given[name] for name in chosen})
    for name in chosen:
        answers.operators[name] = _fields(name, given[name])


def _refuse_missing(given: Mapping[str, Mapping[str, str]]) -> None:
    flags = [
        f"--set {operator}.{name}=…"
        for operator, values in given.items()
        for name in installed()[operator].settings.required
        if not values.get(name)
    ]
    if flags:
        said = " ".join(flags)
        raise Failed(fr=f"il manque : {said}", en=f"missing: {said}", code=USAGE)


def _fields(operator: str, given: Mapping[str, str]) -> dict[str, str]:
    """Every required field of an operator; secret ones are typed unseen."""
    form = installed()[operator].settings
    values = dict(given)
    for name in [name for name in form.required if not values.get(name)]:
        question = f"{operator} {name}"
        # getpass asks with the echo off already; Prompt shows its question first, and what is
        # typed or pasted in between is seen, and lost.
        secret = form.is_secret(name)
        values[name] = getpass.getpass(f"{question}: ") if secret else Prompt.ask(question)
    return values


def _given_settings(said: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in said:
        name, equals, value = one.partition("=")
        operator, dot, setting = name.partition(".")
        if not equals or not dot:
            raise Failed(fr=f"--set {one}", en=f"--set {name}: OPERATOR.FIELD=VALUE", code=USAGE)
        if value.startswith("@"):
            try:
                value = Path(value[1:]).read_text("utf-8").rstrip("\n")
            except OSError as error:
                raise Failed(fr=str(error), en=str(error), code=USAGE) from None
        found.setdefault(operator, {})[setting] = value
    return found


async def _try_operators(answers: Answers) -> None:
    """Makes each connector once, which sends nothing: a field at fault is named first."""
    outbound = HttpOutbound()
    try:
        for name, values in answers.operators.items():
            installed()[name].connect(
                outbound=outbound, settings=values, clock=system_clock, random_bits=RandomSource()
            )
    except ValueError as error:
        raise Failed(fr=str(error), en=str(error), code=USAGE) from None
    finally:
        await outbound.close()


def _write_files(answers: Answers, *, force: bool) -> Path:
    folder = answers.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_file = folder / MASTER_KEY_FILE
    if not key_file.exists():
        line = new_master_key_line("first", random_bits=secrets.randbits)
        _write(key_file, f"{line}\n", mode=0o400)
    values: dict[str, Any] = {
        "host": answers.host,
        "port": answers.port,
        "public_url": answers.public_url,
        "livemode": answers.livemode,
        "master_key_file": str(key_file),
    }
    environment = {}
    if _has_password(answers.database_url):
        environment["CROSS_DATABASE_URL"] = answers.database_url
    else:
        values["database_url"] = answers.database_url
    lines = ["# Made by `cross init`; every setting: `cross config template`."]
    lines += [f"{name} = {in_toml(value)}" for name, value in values.items()]
    for name, fields in answers.operators.items():
        form = installed()[name].settings
        lines += ["", f"[operators.{name}]"]
        lines += [f"{k} = {in_toml(v)}" for k, v in fields.items() if not form.is_secret(k)]
    file = folder / SETTINGS_FILE
    _write(file, "\n".join(lines) + "\n", mode=0o600, over=force)
    (folder / ENV_FILE).unlink(missing_ok=True)  # what it says wins over cross.toml
    if environment:
        text = "".join(f"{name}='{value}'\n" for name, value in environment.items())
        _write(folder / ENV_FILE, text, mode=0o600)
    return file


def _write(file: Path, text: str, *, mode: int, over: bool = False) -> None:
    if over:
        file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as new:
        new.write(text)


def _has_password(url: str) -> bool:
    return urlsplit(url).password is not None


async def _furnish(alone: Alone, answers: Answers) -> dict[str, str]:
    """The merchant and its key, and every secret, sealed."""
    vault = alone.vault
    await sealed.keep(vault, sealed.OURS, "callback_secret", answers.callback_secret)
    for name, values in answers.operators.items():
        form = installed()[name].settings
        for setting, value in values.items():
            if form.is_secret(setting) and value:
                await sealed.keep(vault, name, setting, value)
    secret = new_secret(alone.random_bits, livemode=answers.livemode)
    now, merchant = system_clock(), alone.new_id(MERCHANT)
    await alone.store.add_merchant(
        MerchantRow(merchant, answers.merchant, now),
        ApiKeyRow(
            alone.new_id(API_KEY),
            merchant,
            livemode=answers.livemode,
            secret_hash=hash_of(secret),
            scopes=MERCHANT_SCOPES,
            at=now,
        ),
    )
    await alone.note("init", merchant)
    return {"merchant": merchant, "api_key": secret}


def _tell(
    screen: Screen, file: Path, keys: Mapping[str, str], callbacks: Mapping[str, str]
) -> None:
    screen.say(fr=f"Écrit : {file}", en=f"Written: {file}")
    screen.say(
        fr=f"Marchand {keys['merchant']}, sa clé, montrée une seule fois :",
        en=f"Merchant {keys['merchant']}, its key, shown this once:",
    )
    screen.line(f"  {keys['api_key']}")
    for name, address in callbacks.items():
        screen.say(fr=f"{name} doit rappeler à :", en=f"{name} must call back at:")
        screen.line(f"  {address}")
    screen.say(
        fr=f"Gardez ailleurs une copie de {MASTER_KEY_FILE} : rien ne s'ouvre sans elle, ni secret "
        "ni sauvegarde.",
        en=f"Keep a copy of {MASTER_KEY_FILE} elsewhere: no secret and no backup opens without it.",
    )
    screen.say(fr="Ensuite : cross serve", en="Then: cross serve")
