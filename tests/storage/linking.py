"""A chain over books that hold what a test put there, made as the switch makes it."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from cross.clock import Clock, system_clock
from cross.domain.chain import Fault
from cross.storage import chain_check
from cross.storage.audit import AuditLine
from cross.storage.store import Reader, Store, Write
from cross.switch.chain import Chainer
from cross.switch.recorder import Recorder
from tests.storage.making import NOON, a_transfer, funding, opening

_numbers = itertools.count(1)


@asynccontextmanager
async def chainer_on(store: Store, *, clock: Clock = system_clock) -> AsyncIterator[Chainer]:
    """What links, not started: it links when it is told to."""
    recorder = Recorder(store)
    recorder.start()
    owner = await store.enlist(name="switch", lease_seconds=3600)
    parts: Any = SimpleNamespace(
        store=store,
        recorder=recorder,
        recorder_beside=recorder,
        clock=clock,
        lease=SimpleNamespace(owner=owner),
    )
    try:
        yield Chainer(parts)
    finally:
        await recorder.stop()


async def link_all(store: Store) -> None:
    """Links whatever is not linked."""
    async with chainer_on(store) as chainer:
        while await chainer.link():
            pass


def some_writes(count: int) -> Sequence[Write]:
    """Transfers and, now and then, a line of the audit."""
    writes: list[Write] = [funding(1_000_000_000)]
    for number in range(count):
        writes.append(opening(a_transfer()))
        if number % 3 == 0:
            writes.append(audit_line(number))
    return writes


def audit_line(number: int) -> AuditLine:
    """A line of the audit about the key of that number."""
    return AuditLine(
        f"aud_{next(_numbers):026}", NOON, "ana", "keys.create", f"key_{number}", after="{}"
    )


async def faults_in(reader: Reader) -> Sequence[Fault]:
    """What is wrong in the whole chain."""
    return (await chain_check.check(reader)).faults
