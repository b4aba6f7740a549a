"""The books without a switch: opened by a command while nobody else holds them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from cross.bootstrap import seals_of, store_for
from cross.cli.admin_calls import person
from cross.cli.screen import Failed
from cross.clock import system_clock
from cross.domain.ids import AUDIT
from cross.randomness import IdMaker, RandomSource
from cross.settings import Settings
from cross.storage.audit import AuditLine
from cross.storage.store import Store, StoreRefused, StoreUnavailable
from cross.switch.secrets import Vault, vault_alone


class Alone(NamedTuple):
    """Books that are open, what opens their secrets, and how to note who did what."""

    store: Store
    vault: Vault
    random_bits: RandomSource
    new_id: IdMaker

    async def note(self, action: str, subject: str) -> None:
        """Writes a line of the audit."""
        line = AuditLine(self.new_id(AUDIT), system_clock(), person(), action, subject)
        await self.vault.record(line)


@asynccontextmanager
async def opened_alone(settings: Settings) -> AsyncIterator[Alone]:
    """Opens the books and brings them up to date; `StoreRefused` where a switch holds them."""
    random_bits = RandomSource()
    try:
        store = store_for(settings.database_url, clock=system_clock, random_bits=random_bits)
        seals = seals_of(settings, random_bits)
        await store.open()
    except (ValueError, StoreUnavailable) as error:
        raise Failed(fr=str(error), en=str(error)) from None
    try:
        vault = vault_alone(store, seals, system_clock)
        yield Alone(store, vault, random_bits, IdMaker(system_clock, random_bits))
    finally:
        await store.close()


def refused(error: StoreRefused | StoreUnavailable) -> Failed:
    """A database that must not be used, as a command ends with it."""
    return Failed(fr=f"livres : {error}", en=f"books: {error}")
