"""PostgreSQL's own tools, where they are installed: pg_dump and pg_restore."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cross.storage.store import StoreRefused


@contextmanager
def dumped(url: str) -> Iterator[BinaryIO]:
    """The database as of one moment, in pg_dump's custom format; raises `StoreRefused`."""
    with tempfile.TemporaryFile() as out:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-acl", out=out)
        out.seek(0)
        yield out


def restored(plain: Path, url: str, *, force: bool) -> None:
    """Puts a dump back into a database that holds nothing, or with `force` over what it holds."""
    if not force and _holds_something(url):
        raise StoreRefused("this database is not empty: --force")
    if force and _others_at(url):
        raise StoreRefused("somebody is connected to this database: stop every switch first")
    flags = ("--clean", "--if-exists") if force else ()
    _run("pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", *flags, str(plain))


def _holds_something(url: str) -> bool:
    return _count(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") > 0


def _others_at(url: str) -> bool:
    return (
        _count(
            url,
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        > 0
    )


def _count(url: str, sql: LiteralString) -> int:
    try:
        with psycopg.connect(url) as connection:
            found = connection.execute(sql).fetchone()
    except psycopg.Error as error:
        raise StoreRefused(str(error)) from None
    return 0 if found is None else int(found[0])


def _run(tool: str, url: str, *flags: str, out: BinaryIO | None = None) -> None:
    """Runs a tool on a database; its password goes through the environment, not the command."""
    found = shutil.which(tool)
    if found is None:
        raise StoreRefused(f"{tool} is not installed: it comes with PostgreSQL's client")
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    given = {} if password is None else {"PGPASSWORD": str(password)}
    said = subprocess.run(  # noqa: S603  found in PATH, our own words
        [found, "--dbname", make_conninfo("", **parts), *flags],
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, **given},  # noqa: TID251  what the tool inherits; nothing is read
        check=False,
    )
    if said.returncode:
        raise StoreRefused(f"{tool}: {said.stderr.decode(errors='replace').strip()[:500]}")
