"""`cross db`: migrations, backups that are encrypted, restorations that are checked."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import Progress

from cross.bootstrap import books_to_read
from cross.cli.admin_calls import person
from cross.cli.books_alone import opened_alone, refused
from cross.cli.options import command, run_until_done
from cross.cli.pages import plain_table
from cross.cli.screen import CHECK_FAILED, OK, USAGE, Failed, Screen
from cross.cli.settings_file import settings_in
from cross.clock import system_clock
from cross.randomness import RandomSource
from cross.sealing import MasterKeys, read_master_keys
from cross.settings import Settings
from cross.storage import pg_tools, sqlite_backup
from cross.storage.backup_file import BackupRefused, read_backup, write_backup, written_whole
from cross.storage.figures import figures_of, migration_of
from cross.storage.migrations import migrations_for
from cross.storage.quarantines import QuarantineBegun, QuarantineEnded
from cross.storage.store import Saved, StoreRefused, StoreUnavailable

db = typer.Typer(help="The database: migrations, backups, restorations.")

Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Else cross.toml.")]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@db.command()
@command
def current(screen: Screen, *, config: Config = None) -> int | None:
    """Tell up to which migration the database is, and of which this program is."""

    async def look() -> int:
        settings = settings_in(config)
        engine = _engine_of(settings)
        try:
            books = books_to_read(settings.database_url, clock=system_clock)
            at = await migration_of(books, engine)
            await books.close()
        except (StoreRefused, StoreUnavailable) as error:
            raise refused(error) from None
        wanted = migrations_for(engine)[-1].number
        screen.document({"engine": engine, "migration": at, "wanted": wanted})
        screen.say(
            fr=f"{engine} : migration {at} sur {wanted}.",
            en=f"{engine}: migration {at} of {wanted}.",
        )
        return OK if at == wanted else CHECK_FAILED

    return run_until_done(look())


@db.command()
@command
def upgrade(screen: Screen, *, config: Config = None) -> int | None:
    """Apply the migrations that are left; `cross serve` does so too when it starts."""

    async def apply() -> None:
        try:
            async with opened_alone(settings_in(config)) as alone:
                wanted = migrations_for(alone.store.engine)[-1].number
        except StoreRefused as error:
            raise refused(error) from None
        screen.document({"engine": alone.store.engine, "migration": wanted})
        screen.say(fr=f"Migration {wanted} appliquée.", en=f"Migration {wanted} is applied.")

    return run_until_done(apply())


@db.command()
@command
def backup(
    screen: Screen,
    *,
    file: BackupFile,
    config: Config = None,
    force: Annotated[bool, typer.Option("--force", help="Over a file that is there.")] = False,
) -> int | None:
    """Write an encrypted backup as of one moment, while the switch goes on."""
    settings = settings_in(config)
    masters = _masters_of(settings)
    if file.exists() and not force:
        raise Failed(fr=f"{file} existe : --force", en=f"{file} is there: --force", code=USAGE)
    engine = _engine_of(settings)
    about = {
        "engine": engine,
        "made_at": system_clock().isoformat(),
        "migration": migrations_for(engine)[-1].number,
    }
    with _plain_copy(screen, settings) as source:
        write = partial(
            write_backup, source, masters=masters, about=about, random_bits=RandomSource()
        )
        size = written_whole(file, write)
    content = {"file": str(file), "bytes": size, "master_key": masters.current, **about}
    screen.document(content)
    screen.say(
        fr=f"{file} : {size} octets, chiffrés sous {masters.current!r}. Sans ce fichier de clés "
        f"({settings.master_key_file}), gardé ailleurs, elle ne s'ouvre pas.",
        en=f"{file}: {size} bytes, encrypted under {masters.current!r}. Without that key file "
        f"({settings.master_key_file}), kept elsewhere, it does not open.",
    )
    return OK


@db.command()
@command
def restore(  # noqa: PLR0913  one argument an option
    screen: Screen,
    *,
    file: BackupFile,
    to: Annotated[
        str | None, typer.Option(metavar="URL", help="sqlite:PATH or postgresql://…; a fresh one.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check, and print figures.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Over a database that is there.")] = False,
    config: Config = None,
) -> int | None:
    """Restore a backup into a fresh place, in quarantine; with --verify alone into none."""
    settings = settings_in(config)
    with tempfile.TemporaryDirectory(prefix="cross-restore-") as folder:
        plain = Path(folder) / "plain"
        about = _decrypted(file, plain, _masters_of(settings))
        url = to or f"sqlite:{folder}/books.db"
        if to is None and (not verify or about["engine"] == "postgres"):
            raise Failed(
                fr="où ? --to sqlite:CHEMIN ou --to postgresql://…",
                en="where? --to sqlite:PATH or --to postgresql://…",
                code=USAGE,
            )
        _put_back(plain, about, url, force=force)
        target = settings.model_copy(update={"database_url": url})
        return run_until_done(_checked(screen, target, about, kept=to is not None))


@db.command()
@command
def release(
    screen: Screen,
    *,
    config: Config = None,
    yes: Annotated[bool, typer.Option("--yes", help="The statements were compared.")] = False,
) -> int | None:
    """Let restored books send again, once what operators did since the backup is in them."""
    if not yes:
        raise Failed(
            fr="avez-vous comparé les relevés des opérateurs depuis la sauvegarde ? --yes",
            en="did you compare the operators' statements since the backup? --yes",
            code=USAGE,
        )

    async def end() -> None:
        try:
            async with opened_alone(settings_in(config)) as alone:
                ended = await alone.vault.record(QuarantineEnded(system_clock(), person()))
                if isinstance(ended, Saved):
                    await alone.note("db.release", "books")
        except StoreRefused as error:
            raise refused(error) from None
        released = isinstance(ended, Saved)
        screen.document({"released": released})
        if released:
            screen.say(fr="Libérée : `cross serve`.", en="Released: `cross serve`.")
        else:
            screen.say(fr="Aucune quarantaine.", en="There was no quarantine.")

    return run_until_done(end())


@contextmanager
def _plain_copy(screen: Screen, settings: Settings) -> Iterator[BinaryIO]:
    """The books as of one moment, to be read and gone afterwards."""
    if _engine_of(settings) == "postgres":
        try:
            with pg_tools.dumped(settings.database_url) as source:
                yield source
        except StoreRefused as error:
            raise refused(error) from None
        return
    books = Path(settings.database_url.partition(":")[2])
    with tempfile.TemporaryDirectory(prefix=".cross-backup-", dir=books.parent) as folder:
        copied = Path(folder) / "copy.db"
        with Progress(console=screen.err, transient=True, disable=screen.as_json) as progress:
            task = progress.add_task(screen.one_of(fr="copie", en="copying"), total=None)
            try:
                sqlite_backup.copy(
                    books,
                    copied,
                    told=lambda done, total: progress.update(task, completed=done, total=total),
                )
            except StoreRefused as error:
                raise refused(error) from None
        with copied.open("rb") as source:
            yield source


def _decrypted(file: Path, plain: Path, masters: MasterKeys) -> dict[str, Any]:
    plain.touch(mode=0o600)
    try:
        with file.open("rb") as source, plain.open("wb") as target:
            return read_backup(source, target, masters=masters)
    except (OSError, BackupRefused) as error:
        raise Failed(fr=f"{file} : {error}", en=f"{file}: {error}") from None


def _put_back(plain: Path, about: dict[str, Any], url: str, *, force: bool) -> None:
    scheme, _, place = url.partition(":")
    engine = "sqlite" if scheme == "sqlite" else "postgres"
    if engine != about["engine"]:
        raise Failed(
            fr=f"c'est une sauvegarde de {about['engine']} : --to",
            en=f"this is a backup of {about['engine']}: --to",
            code=USAGE,
        )
    if engine == "postgres":
        try:
            pg_tools.restored(plain, url, force=force)
        except StoreRefused as error:
            raise refused(error) from None
        return
    target = Path(place)
    if target.exists() and not force:
        raise Failed(fr=f"{target} existe : --force", en=f"{target} is there: --force", code=USAGE)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        sqlite_backup.put_in_place(plain, target)
    except StoreRefused as error:
        raise refused(error) from None


async def _checked(screen: Screen, settings: Settings, about: dict[str, Any], *, kept: bool) -> int:
    """What a restored database holds and whether it is right; then it is put in quarantine."""
    is_sqlite = _engine_of(settings) == "sqlite"
    faults = (
        sqlite_backup.faults_in(Path(settings.database_url.partition(":")[2])) if is_sqlite else []
    )
    try:
        async with opened_alone(settings) as alone:
            found = await figures_of(alone.store)
            made_at = datetime.fromisoformat(about["made_at"])
            await alone.vault.record(QuarantineBegun(system_clock(), made_at))
    except StoreRefused as error:
        raise refused(error) from None
    faults += found.faults
    told = {key: value for key, value in about.items() if key != "salt"}
    screen.document(
        {"backup": told, "kept": kept, "ok": not faults, "faults": faults, **found.counted}
    )
    table = plain_table(("", "left"), ("", "right"))
    for name, value in found.counted.items():
        table.add_row(name, str(value))
    screen.show(table)
    for fault in faults:
        screen.line(f"✗ {fault}")
    if not faults:
        screen.say(
            fr="✓ Intégrité, écritures équilibrées, soldes égaux à leurs sommes.",
            en="✓ Integrity, balanced entries, balances equal to their sums.",
        )
    if kept:
        screen.say(
            fr="En quarantaine : rien ne part vers les opérateurs avant `cross db release --yes`.",
            en="In quarantine: nothing goes to operators before `cross db release --yes`.",
        )
    return CHECK_FAILED if faults else OK


def _engine_of(settings: Settings) -> str:
    return "sqlite" if settings.database_url.startswith("sqlite:") else "postgres"


def _masters_of(settings: Settings) -> MasterKeys:
    if settings.master_key_file is None:
        raise Failed(
            fr="aucune clé maîtresse (master_key_file) : une sauvegarde est toujours chiffrée",
            en="no master key (master_key_file): a backup is always encrypted",
        )
    try:
        return read_master_keys(settings.master_key_file)
    except ValueError as error:
        raise Failed(fr=str(error), en=str(error)) from None
