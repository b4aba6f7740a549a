"""The ledger's chain, wherever it can be looked at: in a database, or in a running switch."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from cross.cli.admin_calls import reach_as_admin, sandbox_meant
from cross.cli.books import reading
from cross.cli.calls import Calls
from cross.cli.options import AdminOptions
from cross.cli.screen import Failed
from cross.cli.settings_file import chosen, settings_in
from cross.clock import system_clock
from cross.domain.chain import Found, Item
from cross.randomness import RandomSource
from cross.sealing import KeyFile, Seals
from cross.signing import public_keys, signed
from cross.storage import chain as stored
from cross.storage import chain_check
from cross.storage.store import Reader
from cross.switch import heads

BLOCKS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChainOptions(AdminOptions):
    """Whose chain: a database's, else that of a running switch."""

    database_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Read the books there; else ask the running switch."),
    ] = None


class Chain(Protocol):
    """A chain to look at; `reader`: of the books around it, where they are read here."""

    @property
    def reader(self) -> Reader | None:
        """The books, or None."""

    async def head(self) -> dict[str, Any]:
        """Its head as of now, signed where the key is at hand."""

    async def keys(self) -> Sequence[str]:
        """The public keys of heads; none where they are not at hand."""

    async def part(self, after: int) -> Found:
        """What is wrong in a few blocks from a position on."""

    async def hash_at(self, position: int) -> bytes | None:
        """What the books say that the hash at a position is; None where nothing is."""


class StoredChain:
    """The chain in a database, which need not be in use."""

    def __init__(self, reader: Reader, seals: Seals) -> None:
        self.reader = reader
        self._seals = seals

    async def head(self) -> dict[str, Any]:
        """Signed by this program, where the master key is."""
        newest = await stored.head_of(self.reader)
        head = newest._replace(at=system_clock().isoformat())
        return heads.view_of(head, signed(self._seals, heads.PURPOSE, head.message()))

    async def keys(self) -> Sequence[str]:
        """Of the master key that the settings name."""
        return public_keys(self._seals, heads.PURPOSE)

    async def part(self, after: int) -> Found:
        """Read and hashed here."""
        return await chain_check.check(self.reader, after=after, blocks_max=BLOCKS_AT_ONCE)

    async def hash_at(self, position: int) -> bytes | None:
        """As the block keeps it."""
        item: Item | None = await stored.item_at(self.reader, position)
        return None if item is None else item.hash


class ServedChain:
    """The chain of a running switch."""

    reader = None

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def head(self) -> dict[str, Any]:
        """Signed by the switch."""
        view: dict[str, Any] = await self._calls.get("/admin/ledger/head")
        return view

    async def keys(self) -> Sequence[str]:
        """The switch's own."""
        keys: Sequence[str] = (await self._calls.get("/admin/ledger/key"))["keys"]
        return keys

    async def part(self, after: int) -> Found:
        """Read and hashed there."""
        view = await self._calls.get("/admin/ledger/verification", {"since": str(after)})
        return heads.found_in(view)

    async def hash_at(self, position: int) -> bytes | None:
        """As the switch's block keeps it."""
        try:
            view = await self._calls.get(f"/admin/ledger/items/{position}")
        except Failed as failure:
            if failure.problem is not None and failure.problem.get("code") == "not_found":
                return None
            raise
        return bytes.fromhex(view["hash"])


@asynccontextmanager
async def chain_of(place: ChainOptions, *, served: bool = False) -> AsyncIterator[Chain]:
    """The database that was named, else the switch that was, else the running sandbox's books.

    `served`: rather the sandbox itself, which has the key.
    """
    sandbox = {} if served else sandbox_meant(place.api_url, place.config)
    url = place.database_url or sandbox.get("database_url")
    if url is not None:
        async with reading(url) as reader:
            yield StoredChain(reader, _seals_at_hand(place.config))
        return
    async with reach_as_admin(place.api_url, place.config, place.admin_token) as calls:
        yield ServedChain(calls)


def _seals_at_hand(config: Path | None) -> Seals:
    """Those of the settings; none where there are no settings, or their key cannot be read."""
    file = None
    if config is not None or chosen(None).exists():
        file = settings_in(config).master_key_file
    try:
        return Seals(None if file is None else KeyFile(file), random_bits=RandomSource())
    except ValueError:
        return Seals(None, random_bits=RandomSource())
