"""Secrets of whoever runs Cross: kept sealed, opened once at the start, rotated while it runs.

An operator's stored secret wins over the same setting of cross.toml; what belongs to no operator
(the callback secret) is kept under the owner `cross`.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from cross.clock import Clock
from cross.domain.errors import NotFound
from cross.sealing import KeyFile, SealingRefused, Seals, master_key_of
from cross.storage import secrets as stored
from cross.storage.secrets import Kept, Resealed, SecretForgotten, SecretKept
from cross.storage.store import Reader, Saved, Store, Verdict, Write
from cross.switch.switch import Switch

OURS: Final = "cross"
RESEALED_AT_ONCE: Final = 100
_DAY: Final = "%Y-%m-%d"


class Vault(NamedTuple):
    """Where secrets are kept, and what opens them: a running switch's, or books alone."""

    reader: Reader
    record: Callable[[Write], Awaitable[Verdict]]
    seals: Seals
    clock: Clock


class Listed(NamedTuple):
    """A secret as it may be told: never its value."""

    owner: str
    field: str
    at: datetime
    master_key: str


class MasterKeyInUse(Exception):
    """Something is still sealed under the key that was to be retired."""


def vault_of(switch: Switch) -> Vault:
    """The vault of a switch that runs."""
    return Vault(switch.store, switch.recorder.record, switch.seals, switch.clock)


def vault_alone(store: Store, seals: Seals, clock: Clock) -> Vault:
    """The vault of books that are open and that no switch of this process works with."""

    async def record(write: Write) -> Verdict:
        return (await store.record([write]))[0]

    return Vault(store, record, seals, clock)


async def keep(vault: Vault, owner: str, field: str, value: str) -> None:
    """Seals a secret and keeps it in place of the one before; raises `SealingRefused`."""
    sealed = vault.seals.seal(value.encode(), record=stored.SECRETS.record_of((owner, field)))
    await vault.record(SecretKept(Kept(owner, field, sealed, vault.clock())))


async def forget(vault: Vault, owner: str, field: str) -> None:
    """Takes a secret out; raises `NotFound`."""
    if not isinstance(await vault.record(SecretForgotten(owner, field)), Saved):
        raise NotFound(noun="secret")


async def listed(vault: Vault) -> list[Listed]:
    """Which secrets are kept."""
    return [
        Listed(one.owner, one.field, one.at, master_key_of(one.sealed))
        for one in await stored.kept(vault.reader)
    ]


async def opened(vault: Vault) -> Mapping[str, Mapping[str, str]]:
    """The secrets by owner and field; raises `SealingRefused` naming the one that does not open."""
    found: dict[str, dict[str, str]] = {}
    for one in await stored.kept(vault.reader):
        record = stored.SECRETS.record_of((one.owner, one.field))
        found.setdefault(one.owner, {})[one.field] = _opened(vault.seals, one.sealed, record)
    return found


async def require_readable(vault: Vault) -> int:
    """How many sealed texts there are; raises `SealingRefused` where one does not open (F-H04)."""
    count = 0
    async for record, sealed in stored.every(vault.reader):
        _opened(vault.seals, sealed, record)
        count += 1
    return count


async def begin_rotation(vault: Vault, random_bits: Callable[[int], int]) -> bool:
    """Makes a new master key, unless an earlier rotation is not finished; whether it did.

    Raises `SealingRefused` where the keys are not in a file that can be written.
    """
    file = _file_of(vault)
    if await stored.count_beside(vault.reader, file.keys().current):
        return False
    try:
        file.add(_fresh_name(vault), random_bits=random_bits)
    except OSError as error:
        raise SealingRefused(f"the master key file cannot be written: {error.strerror}") from None
    return True


async def reseal(vault: Vault, *, limit: int = RESEALED_AT_ONCE) -> int:
    """Seals some again under the current master key; how many are left after it."""
    current = _file_of(vault).keys().current
    for column, row_keys, sealed in await stored.beside(vault.reader, current, limit=limit):
        record = column.record_of(row_keys)
        try:
            again = vault.seals.sealed_again(sealed, record=record)
        except SealingRefused as refused:
            raise SealingRefused(f"{record}: {refused}") from None
        await vault.record(Resealed(column, row_keys, sealed, again))
    return await stored.count_beside(vault.reader, current)


async def left(vault: Vault) -> int:
    """How many are not sealed under the current master key."""
    return await stored.count_beside(vault.reader, str(vault.seals.current))


async def retire(vault: Vault, name: str) -> None:
    """Takes an older master key out of its file; raises `MasterKeyInUse`, `SealingRefused`."""
    file = _file_of(vault)
    if count := await stored.count_under(vault.reader, name):
        raise MasterKeyInUse(f"{count} secrets are sealed under {name!r}: rotate first")
    try:
        file.drop(name)
    except ValueError as refused:
        raise SealingRefused(str(refused)) from None
    except OSError as error:
        raise SealingRefused(f"the master key file cannot be written: {error.strerror}") from None


def _opened(seals: Seals, sealed: str, record: str) -> str:
    try:
        return seals.open(sealed, record=record).decode()
    except SealingRefused as refused:
        raise SealingRefused(f"{record}: {refused}") from None


def _file_of(vault: Vault) -> KeyFile:
    if vault.seals.file is None:
        raise SealingRefused("no master key file: master_key_file names none")
    return vault.seals.file


def _fresh_name(vault: Vault) -> str:
    """The day, and a number from the second one of a day on."""
    day = f"{vault.clock():{_DAY}}"
    names = [day, *(f"{day}-{number}" for number in range(2, len(vault.seals.names) + 3))]
    return next(name for name in names if name not in vault.seals.names)
