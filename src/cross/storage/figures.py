"""What books hold, in figures, and what is wrong with them: for whoever has just restored them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cross.storage import chain_check, ledger
from cross.storage.store import Reader

_COUNTED: Final = ("merchants", "movements", "legs", "entries", "postings", "events")
_MIGRATION: Final[Mapping[str, str]] = {
    "sqlite": "SELECT user_version FROM pragma_user_version",
    "postgres": "SELECT coalesce(max(number), 0) FROM schema_migrations",
}


class Figures(NamedTuple):
    """How much there is of each, and every fault."""

    counted: Mapping[str, int]
    faults: tuple[str, ...]


async def figures_of(reader: Reader) -> Figures:
    """Counts, and what breaks I-01, I-33 (no balance but the sum of its postings) or I-34."""
    counted = {name: await _count(reader, f"SELECT count(*) FROM {name}") for name in _COUNTED}
    unbalanced, drifted = await ledger.unbalanced(reader), await ledger.drifted(reader)
    counted["open movements"] = await _count(
        reader, "SELECT count(*) FROM movements WHERE is_final = 0"
    )
    found = await chain_check.check(reader)
    counted["linked"] = found.until
    counted["unbalanced entries"] = len(unbalanced)
    counted["drifted accounts"] = len(drifted)
    faults = [f"entry {number} does not balance" for number in unbalanced]
    faults += [f"account {name} is not the sum of its postings" for name in drifted]
    faults += [
        f"chain: position {fault.position}, {fault.book} {fault.row}: {fault.what}"
        for fault in found.faults
    ]
    return Figures(counted, tuple(faults))


async def migration_of(reader: Reader, engine: str) -> int:
    """Up to which migration books are."""
    return await _count(reader, _MIGRATION[engine])


async def _count(reader: Reader, sql: str) -> int:
    return int((await reader.rows(sql, {}))[0][0])
