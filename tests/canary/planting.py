"""Values that are nowhere else in the world, each form in which one may leak, and where to look."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import apsw


@dataclass(frozen=True, slots=True)
class Canary:
    """A value that must not be found; `number` is a phone number, which some tables must hold."""

    name: str
    value: str

    def forms(self) -> Mapping[str, bytes]:
        """The value as it is, encoded, turned round, and hashed without salt."""
        raw = self.value.encode()
        found = {
            "plain": raw,
            "url": quote_plus(self.value, safe="").encode(),
            "hex": raw.hex().encode(),
            "reversed": raw[::-1],
            "sha256": hashlib.sha256(raw).hexdigest().encode(),
        }
        for lead in range(3):  # wherever in a longer text it begins
            coded = base64.b64encode(b"\0" * lead + raw).rstrip(b"=")
            found[f"base64 +{lead}"] = coded[(4 * lead + 2) // 3 : -1]
        return {name: form for name, form in found.items() if len(form) >= 8}

    def in_bytes(self, content: bytes) -> list[str]:
        """The forms that are there."""
        return [name for name, form in self.forms().items() if form in content]


def found_in_files(canary: Canary, folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of a folder that holds a form of it: which file, which form."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for form in canary.in_bytes(content):
                yield path.relative_to(folder).as_posix(), form


def found_in_tables(canary: Canary, database: Path) -> Iterator[tuple[str, str]]:
    """Every column of every table that holds a form of it."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    tables = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    ]
    for table in tables:
        cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  from the schema
        seen: dict[tuple[str, str], None] = {}
        names: list[str] = []
        for row in cursor:
            names = names or [column[0] for column in cursor.get_description()]
            for name, value in zip(names, row, strict=True):
                content = value if isinstance(value, bytes) else str(value).encode()
                seen.update({(f"{table}.{name}", form): None for form in canary.in_bytes(content)})
        yield from seen
    connection.close()
