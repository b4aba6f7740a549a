"""`cross doctor`: what a machine and a configuration need before money moves, check by check."""

import asyncio
import resource
import shutil
import socket
import sys
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit

import typer
from rich.text import Text

from cross.bootstrap import books_to_read
from cross.cli.config import remarks_on
from cross.cli.options import command, run_until_done
from cross.cli.screen import CHECK_FAILED, OK, Screen
from cross.cli.settings_file import chosen, settings_in
from cross.clock import system_clock
from cross.operators.registry import installed
from cross.outbound import HttpRequest, NoAnswer
from cross.outbound_http import HttpOutbound, certificate_end
from cross.sealing import is_readable_by_others, read_master_keys
from cross.settings import Settings
from cross.storage import conditions
from cross.storage.store import StoreRefused, StoreUnavailable

WELL: Final = "ok"
DOUBT: Final = "warn"
ILL: Final = "fail"

DISK_FREE_MIN_BYTES: Final = 1 << 30
WAL_MAX_BYTES: Final = 256 * 1024 * 1024
SKEW_MAX_SECONDS: Final = 30.0
CERTIFICATE_DAYS_MIN: Final = 14
FILES_MIN: Final = 4_096
DEADLINE_SECONDS: Final = 10.0
_DEPENDENCIES: Final = ("apsw", "psycopg", "cryptography", "fastapi", "uvicorn", "uvloop")
_MARKS: Final = {WELL: ("✓", "green"), DOUBT: ("!", "yellow"), ILL: ("✗", "red")}


class Check(NamedTuple):
    """What was looked at, how it is, and what to do about it."""

    name: str
    level: str
    words: str


@partial(command)
def doctor(
    screen: Screen,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Else cross.toml.")
    ] = None,
) -> int | None:
    """Look at settings, database, clock, disk, certificate, operators; exit code 4 on a failure."""
    ill = [
        Check(f"settings: {one.key}", ILL if one.is_mistake else DOUBT, one.words)
        for one in remarks_on(chosen(config))
    ]
    if any(one.level == ILL for one in ill):
        return _shown(screen, ill, document=True)
    return run_until_done(show_checks(screen, settings_in(config), first=ill))


async def show_checks(
    screen: Screen, settings: Settings, *, first: Sequence[Check] = (), document: bool = True
) -> int:
    """Runs every check and prints it; the exit code."""
    found = list(first)
    for check in (_python, _process, _ports, _key_file, _database, _disk, _certificate, _operators):
        found += await check(settings)
    return _shown(screen, found, document=document)


def _shown(screen: Screen, found: Sequence[Check], *, document: bool) -> int:
    for one in found:
        mark, style = _MARKS[one.level]
        screen.show(Text.assemble((f"{mark} ", style), f"{one.name}: {one.words}"))
    is_ill = any(one.level == ILL for one in found)
    if document:
        screen.document(
            {"object": "doctor", "ok": not is_ill, "checks": [one._asdict() for one in found]}
        )
    return CHECK_FAILED if is_ill else OK


async def _python(settings: Settings) -> list[Check]:
    del settings
    said = ", ".join(f"{name} {version(name)}" for name in _DEPENDENCIES)
    return [Check("python", WELL, f"{sys.version.split()[0]}; {said}"), _sqlite()]


def _sqlite() -> Check:
    """Whether SQLite is new enough for its own WAL (F-D18)."""
    at, is_well = conditions.sqlite_version()
    return Check("sqlite", WELL if is_well else ILL, at if is_well else f"{at}: 3.51.3 is needed")


async def _process(settings: Settings) -> list[Check]:
    del settings
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    core = resource.getrlimit(resource.RLIMIT_CORE)[0]
    few = f"{files}: raise it (ulimit -n, LimitNOFILE=) to {FILES_MIN} or more"
    return [
        Check("open files", WELL, str(files)) if files >= FILES_MIN else _doubt("open files", few),
        Check("core dumps", WELL, "off here")
        if core == 0
        else Check("core dumps", WELL, "on here; `cross serve` turns them off for itself"),
    ]


async def _ports(settings: Settings) -> list[Check]:
    """Free, or taken by a switch that answers, or by somebody else."""
    if settings.port == 0:
        return [Check("port", WELL, "a free one")]
    place = f"{settings.host}:{settings.port}"
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError:
        taken = await _answer(f"http://{place}/healthz")
        if taken is not None and taken[0] == 200:  # noqa: PLR2004
            return [Check("port", WELL, f"{place}: a switch answers there")]
        return [Check("port", ILL, f"{place} is taken, and not by Cross: change port")]
    return [Check("port", WELL, f"{place} is free")]


async def _key_file(settings: Settings) -> list[Check]:
    file = settings.master_key_file
    if file is None:
        return [_doubt("master key", "none: no secret is sealed and no backup made: cross init")]
    try:
        names = ", ".join(read_master_keys(file).keys)
        readable = is_readable_by_others(file)
    except (ValueError, OSError) as error:
        return [Check("master key", ILL, str(error))]
    if readable:
        level = ILL if settings.livemode else DOUBT
        return [Check("master key", level, f"others may read {file}: chmod 0400 {file}")]
    return [Check("master key", WELL, f"{file}: {names}")]


async def _database(settings: Settings) -> list[Check]:
    try:
        books = books_to_read(settings.database_url, clock=system_clock)
        try:
            said = await conditions.look(books, settings.database_url)
        finally:
            await books.close()
    except (ValueError, StoreRefused, StoreUnavailable) as error:
        return [Check("database", ILL, f"{error}: cross db upgrade makes one")]
    level = WELL if said.migration == said.wanted else ILL
    todo = "" if level == WELL else ": cross db upgrade"
    found = [
        Check("migrations", level, f"{said.migration} of {said.wanted}{todo}"),
        Check("durability", WELL if said.is_durable else ILL, said.durability),
    ]
    if said.now is not None:
        found.append(_clock("clock of the database", said.now))
    if said.quarantined:
        why = said.quarantined_for or "restored"
        found.append(_doubt("quarantine", f"{why}: nothing is sent before cross db release --yes"))
    return found


async def _disk(settings: Settings) -> list[Check]:
    folder = settings.for_switch().books_folder
    if folder is None or not folder.exists():
        return []
    free = shutil.disk_usage(folder).free
    words = f"{free // 2**20} MB free in {folder}"
    found = [Check("disk", WELL if free >= DISK_FREE_MIN_BYTES else DOUBT, words)]
    books = Path(settings.database_url.partition(":")[2])
    log = books.with_name(f"{books.name}-wal")
    if log.exists():
        size = log.stat().st_size
        long = f"{size // 2**20} MB: a reader keeps it from being emptied"
        found.append(
            Check("wal", WELL, f"{size // 2**10} kB")
            if size < WAL_MAX_BYTES
            else _doubt("wal", long)
        )
    if _is_open_to_others(books):
        found.append(_doubt("books", f"others may read {books}: chmod 0600 {books}"))
    return found


def _is_open_to_others(books: Path) -> bool:
    there = books.exists()
    return there and is_readable_by_others(books.parent) and is_readable_by_others(books)


async def _certificate(settings: Settings) -> list[Check]:
    place = urlsplit(settings.public_url)
    if place.scheme != "https":
        if not settings.livemode:
            return [_doubt("public_url", "no https address: for tests only")]
        return [Check("public_url", ILL, "real money needs an https address")]
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            ends = await certificate_end(str(place.hostname), place.port or 443)
    except (OSError, TimeoutError) as error:
        return [_doubt("certificate", f"{place.hostname}: {error or 'no answer'}")]
    days = (ends - system_clock()).days
    return [
        Check(
            "certificate",
            WELL if days >= CERTIFICATE_DAYS_MIN else ILL,
            f"{place.hostname}: until {ends:%Y-%m-%d} ({days} days)",
        )
    ]


async def _operators(settings: Settings) -> list[Check]:
    """Each address that an operator's settings name: name, connection, TLS, and its clock."""
    found: list[Check] = []
    for operator, values in settings.operators.items():
        known = installed().get(operator)
        named = {} if known is None else known.settings.spelt(values)
        origins = {
            f"{place.scheme}://{place.netloc}": None
            for name, value in named.items()
            if name.endswith("_url") and name != "notify_url"
            if (place := urlsplit(value)).scheme in ("http", "https")
        }
        for origin in origins:
            answer = await _answer(f"{origin}/")
            if answer is None:
                words = f"{origin}: no answer (name, connection or TLS); cross operators test"
                found.append(Check(operator, ILL, words))
                continue
            found.append(Check(operator, WELL, f"{origin} answers; cross operators test signs in"))
            if answer[1] is not None:
                found.append(_clock(f"clock of {operator}", answer[1]))
    return found


async def _answer(url: str) -> tuple[int, datetime | None] | None:
    """The status of any answer and its time; None where there was none."""
    outbound = HttpOutbound()
    try:
        response = await outbound.send(HttpRequest("GET", url, (), b"", DEADLINE_SECONDS))
    except NoAnswer:
        return None
    finally:
        await outbound.close()
    dates = [value for name, value in response.headers if name.lower() == "date"]
    try:
        return response.status, parsedate_to_datetime(dates[0]) if dates else None
    except ValueError:
        return response.status, None


def _clock(name: str, at: datetime) -> Check:
    apart = (system_clock() - at).total_seconds()
    words = f"{apart:+.0f} s from ours"
    if abs(apart) < SKEW_MAX_SECONDS:
        return Check(name, WELL, words)
    return _doubt(name, f"{words}: is this machine's clock kept by NTP?")


def _doubt(name: str, words: str) -> Check:
    return Check(name, DOUBT, words)
