"""What is ready together commits once, in order, whoever goes away and whatever the books say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from cross.domain.errors import SwitchUnavailable
from cross.storage.store import Addition, Saved, Stale, Store, StoreUnavailable, Verdict, Write
from cross.switch.recorder import BATCH_MAX, Recorder

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Books:
    """Books that commit when they are let, and remember each commit."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.errors: list[Exception] = []
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.verdicts: Callable[[str], Verdict] = lambda _: Saved()

    async def record(self, writes: Sequence[Write]) -> Sequence[Verdict]:
        names = [cast(Addition, write).movement for write in writes]
        self.commits.append(names)
        await self.may_commit.wait()
        if self.errors:
            raise self.errors.pop()
        return [self.verdicts(name) for name in names]


def write(name: str) -> Addition:
    return Addition(name, (), NOON)


@asynccontextmanager
async def recording(books: Books) -> AsyncIterator[Recorder]:
    recorder = Recorder(cast(Store, books))
    recorder.start()
    yield recorder
    books.may_commit.set()
    await recorder.stop()


async def some(recorder: Recorder, names: Sequence[str]) -> list["asyncio.Future[Verdict]"]:
    """Writes on their way to the recorder."""
    tasks = [asyncio.ensure_future(recorder.record(write(name))) for name in names]
    await asyncio.sleep(0)
    return tasks


async def held_back(books: Books, recorder: Recorder) -> "asyncio.Future[Verdict]":
    """A write whose commit is under way and does not end, so that the next ones gather."""
    books.may_commit.clear()
    (first,) = await some(recorder, ["first"])
    while not books.commits:
        await asyncio.sleep(0)
    return first


def test_a_write_alone_is_committed_alone_and_at_once() -> None:
    async def scenario() -> None:
        books = Books()
        async with recording(books) as recorder:
            for name in "abc":
                assert await recorder.record(write(name)) == Saved()
        assert books.commits == [["a"], ["b"], ["c"]]

    asyncio.run(scenario())


def test_what_gathers_during_a_commit_is_committed_once_and_in_order() -> None:
    async def scenario() -> None:
        books, names = Books(), [f"{number}" for number in range(100)]
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, names)
            books.may_commit.set()
            await asyncio.gather(first, *others)
            assert (recorder.batches, recorder.writes) == (2, 101)
        assert books.commits == [["first"], names]

    asyncio.run(scenario())


def test_a_commit_is_never_larger_than_the_most() -> None:
    async def scenario() -> None:
        books, names = Books(), [f"{number}" for number in range(2 * BATCH_MAX + 1)]
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, names)
            books.may_commit.set()
            await asyncio.gather(first, *others)
        assert [len(commit) for commit in books.commits] == [1, BATCH_MAX, BATCH_MAX, 1]
        assert [name for commit in books.commits[1:] for name in commit] == names

    asyncio.run(scenario())


def test_each_write_gets_its_own_verdict() -> None:
    async def scenario() -> None:
        books = Books()
        books.verdicts = lambda name: Stale() if name == "late" else Saved()
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, ["a", "late", "b"])
            books.may_commit.set()
            assert await asyncio.gather(first, *others) == [Saved(), Saved(), Stale(), Saved()]

    asyncio.run(scenario())


@pytest.mark.parametrize("moment", ["before its commit", "during its commit"])
def test_a_caller_that_goes_away_loses_nothing_and_disturbs_nobody(moment: str) -> None:
    """F-D06: what was handed over is committed all the same."""

    async def scenario() -> None:
        books = Books()
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, ["a", "b", "c"])
            leaving = first if moment == "during its commit" else others[1]
            leaving.cancel()
            await asyncio.sleep(0)
            books.may_commit.set()
            staying = [task for task in (first, *others) if task is not leaving]
            assert await asyncio.gather(*staying) == [Saved()] * 3
            assert leaving.cancelled()
        assert books.commits == [["first"], ["a", "b", "c"]]

    asyncio.run(scenario())


def test_books_that_cannot_write_are_told_to_every_caller_and_tried_again() -> None:
    """F-D04, F-D13: nothing of it is kept, and nobody waits for ever."""

    async def scenario() -> None:
        books = Books()
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, ["a", "b"])
            books.errors = [StoreUnavailable("the disk is full"), StoreUnavailable("still")]
            books.may_commit.set()
            told: list[Any] = await asyncio.gather(first, *others, return_exceptions=True)
            assert [type(error) for error in told] == [SwitchUnavailable] * 3
            assert await recorder.record(write("later")) == Saved()

    asyncio.run(scenario())


def test_a_mistake_in_one_commit_is_told_to_its_callers_and_the_next_commit_goes_on() -> None:
    """F-P12: books that fall silent for good would stop the whole switch."""

    async def scenario() -> None:
        books = Books()
        books.errors = [ValueError("a mistake of ours")]
        async with recording(books) as recorder:
            with pytest.raises(ValueError, match="a mistake of ours"):
                async with asyncio.timeout(5):
                    await recorder.record(write("odd"))
            assert await recorder.record(write("later")) == Saved()

    asyncio.run(scenario())


def test_stopping_commits_what_is_waiting() -> None:
    async def scenario() -> None:
        books = Books()
        async with recording(books) as recorder:
            first = await held_back(books, recorder)
            others = await some(recorder, ["a", "b"])
            stopping = asyncio.create_task(recorder.stop())
            books.may_commit.set()
            await stopping
            assert [task.done() for task in (first, *others)] == [True] * 3
        assert books.commits == [["first"], ["a", "b"]]

    asyncio.run(scenario())
