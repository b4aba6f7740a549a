"""Forward-only migrations: `<engine>/NNNN_what.sql`, applied once each, in order."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of the schema, known by its number."""

    number: int
    name: str
    sql: str


@cache
def migrations_for(engine: str) -> tuple[Migration, ...]:
    """All that this program knows for an engine (`sqlite` or `postgres`), in order; read once."""
    folder = files(__package__).joinpath(engine)
    scripts = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(Migration(int(f.name[:4]), f.name[5:-4], f.read_text("utf-8")) for f in scripts)
