"""The chain of a running switch: linked beside the way, its head shipped and asked for."""

import asyncio
import json
import secrets
from pathlib import Path
from typing import Any

import apsw

from cross.chain_settings import ChainSettings
from cross.clock import system_clock
from cross.domain.chain import Head
from cross.domain.money import xof
from cross.sealing import MasterKeys, Seals
from cross.signing import public_keys, signed
from cross.storage import chain as stored
from cross.storage import quarantines
from cross.storage.quarantines import QuarantineEnded
from cross.storage.reading import SqliteBooks
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.switch import audit, chain, heads, metrics
from cross.switch.audit import Act
from cross.switch.funding import fund_float
from tests.world import World, quick_settings, small_world, until

PLACE = "https://heads.example/cross"


def settings_with(**chain_settings: Any) -> Any:
    return quick_settings(only=("tmoney",), chain=ChainSettings(**chain_settings))


async def linked_up(world: World) -> int:
    """Waits until everything is linked; up to which position."""
    async with asyncio.timeout(20):
        while (standing := await chain.standing(world.switch)).unlinked.count:
            await asyncio.sleep(0.01)
    return standing.position


def test_what_is_booked_is_linked_a_moment_later(tmp_path: Path) -> None:
    """I-34, I-35: entries and audit lines, without anybody asking."""

    async def scene() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            before = await linked_up(world)
            await fund_float(world.switch, "tmoney", xof(5), name="more")
            await audit.note(world.switch, Act("ana", "keys.create", "key_1"))
            assert await linked_up(world) == before + 2
            found = await chain.verify_since(world.switch, before)
            assert (found.after, found.until, found.faults) == (before, before + 2, ())
            names = {sample.name: sample.value for sample in await metrics.look(world.switch)}
            assert names["cross_chain_position"] == before + 2
            assert names["cross_chain_unlinked"] == 0
            await fund_float(world.switch, "tmoney", xof(5), name="last")
        books = SqliteBooks(tmp_path / "books.db")
        assert (await stored.head_of(books)).position == before + 3  # at the end nothing is left
        await books.close()

    asyncio.run(scene())


def test_the_newest_part_tells_what_was_altered_in_it(tmp_path: Path) -> None:
    """I-46's monitor looks at the newest part: what is altered there is named within it."""

    async def scene() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            before = await linked_up(world)
            await fund_float(world.switch, "tmoney", xof(5), name="more")
            await linked_up(world)
            somebody = apsw.Connection(str(tmp_path / "books.db"))
            somebody.set_busy_timeout(5_000)
            somebody.execute("DROP TRIGGER postings_are_immutable")
            somebody.execute("UPDATE postings SET amount = amount * 2 WHERE entry = 3")
            somebody.close()
            assert before == 2
            [fault] = (await chain.verify_since(world.switch, before)).faults
            assert (fault.position, fault.row, fault.what) == (3, "je_3", "altered")

    asyncio.run(scene())


def test_heads_are_appended_to_a_file_and_posted(tmp_path: Path) -> None:
    """I-34, S-LOG-04: signed, by a key that anybody can compare."""
    file = tmp_path / "heads.jsonl"
    wanted = settings_with(ship_file=file, ship_to=PLACE, ship_every_seconds=0.05)

    async def scene() -> None:
        place = _Place()
        async with small_world(tmp_path, settings=wanted) as world:
            world.network._routes[_ADDRESS] = place  # type: ignore[index]
            position = await linked_up(world)
            await until(lambda: any(head["n"] == position for head in place.heads))
            await until(lambda: f'"n":{position},' in file.read_text())
            keys = public_keys(world.switch.seals, heads.PURPOSE)
            for view in (place.heads[-1], json.loads(file.read_text().splitlines()[-1])):
                head, signature = heads.head_in(view)
                assert heads.is_genuine(head, signature, keys)
                assert not heads.is_genuine(replace_hash(head), signature, keys)
                assert not heads.is_genuine(head, signature, ("other",))
            names = {s.labels: s.value for s in await metrics.look(world.switch)
                     if s.name == "cross_chain_shipped_seconds"}  # fmt: skip
            assert set(names) == {("file",), ("url",)}

    asyncio.run(scene())


def test_a_place_that_does_not_answer_is_counted_and_holds_up_nothing(tmp_path: Path) -> None:
    wanted = settings_with(ship_to=PLACE, ship_every_seconds=0.05)

    async def scene() -> None:
        place = _Place()
        place.status = 503
        async with small_world(tmp_path, settings=wanted) as world:
            world.network._routes[_ADDRESS] = place  # type: ignore[index]
            await until(lambda: world.switch.measures.shipments_failed.get("url", 0) >= 2)
            await fund_float(world.switch, "tmoney", xof(5), name="more")
            await linked_up(world)
            place.status = 200
            known = len(place.heads)
            await until(lambda: len(place.heads) > known + 1)
            counted = [s for s in await metrics.look(world.switch)
                       if s.name == "cross_chain_shipments_failed_total"]  # fmt: skip
            assert counted
            assert counted[0].labels == ("url",)

    asyncio.run(scene())


def test_a_shipment_is_not_repeated_because_a_process_began_again(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"

    async def once() -> None:
        async with small_world(tmp_path, settings=settings_with(ship_file=file)) as world:
            await until(file.exists)
            await linked_up(world)

    asyncio.run(once())
    asyncio.run(once())

    assert len(file.read_text().splitlines()) == 1


def test_books_that_lack_their_last_shipped_head_send_nothing(tmp_path: Path) -> None:
    """F-D08: a standby that was behind, an old copy: quarantine, until a person releases it."""
    file = tmp_path / "heads.jsonl"
    wanted = settings_with(ship_file=file, ship_every_seconds=0.05)
    behind, books = tmp_path / "behind.db", tmp_path / "books.db"

    async def live(name: str) -> tuple[bool, str | None]:
        async with small_world(tmp_path, settings=wanted) as world:
            if world.switch.quarantined:
                last = await quarantines.newest(world.switch.store)
                assert last is not None
                return True, last.reason
            await fund_float(world.switch, "tmoney", xof(5), name=name)
            position = await linked_up(world)
            await until(lambda: f'"n":{position},' in file.read_text())
            return False, None

    async def release() -> None:
        store = SqliteStore(books, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))
        await store.open()
        await store.record([QuarantineEnded(system_clock(), "ana")])
        await store.close()

    assert asyncio.run(live("one")) == (False, None)
    behind.write_bytes(books.read_bytes())
    assert asyncio.run(live("two")) == (False, None)
    books.write_bytes(behind.read_bytes())
    for suffix in ("-wal", "-shm"):
        books.with_name(books.name + suffix).unlink(missing_ok=True)

    quarantined, reason = asyncio.run(live("three"))
    assert quarantined
    assert reason is not None
    assert "these books end at" in reason
    assert asyncio.run(live("three"))[0]
    asyncio.run(release())
    assert asyncio.run(live("three")) == (False, None)
    assert asyncio.run(live("four")) == (False, None)


def test_a_rewritten_history_is_not_the_one_that_was_shipped(tmp_path: Path) -> None:
    """F-S28: who may write everything makes a whole new chain; the head that is elsewhere tells."""
    file = tmp_path / "heads.jsonl"
    wanted = settings_with(ship_file=file, ship_every_seconds=0.05)

    async def live() -> bool:
        async with small_world(tmp_path, settings=wanted) as world:
            position = await linked_up(world)
            if not world.switch.quarantined:
                await until(lambda: f'"n":{position},' in file.read_text())
            assert (await chain.verify_since(world.switch, 0)).is_right
            return world.switch.quarantined

    assert not asyncio.run(live())
    somebody = apsw.Connection(str(tmp_path / "books.db"))
    for trigger in ("chain_blocks_are_kept", "postings_are_immutable"):
        somebody.execute(f"DROP TRIGGER {trigger}")
    somebody.execute("UPDATE postings SET amount = amount * 2 WHERE entry = 1")
    somebody.execute("DELETE FROM chain_blocks")
    somebody.close()

    assert not asyncio.run(live_without(tmp_path, settings_with()))
    assert asyncio.run(live())


async def live_without(folder: Path, settings: Any) -> bool:
    """A life in which the chain is made anew, and nobody asks for heads."""
    async with small_world(folder, settings=settings) as world:
        await linked_up(world)
        return world.switch.quarantined


def test_a_file_of_heads_that_was_cut_off_or_written_by_others_is_read_past(
    tmp_path: Path,
) -> None:
    keys = Seals(MasterKeys("first", {"first": bytes(32)}), random_bits=secrets.randbits)
    known = public_keys(keys, heads.PURPOSE)
    head = Head(7, bytes(32), "2026-03-01T12:00:00+00:00")
    view = heads.view_of(head, signed(keys, heads.PURPOSE, head.message()))
    forged = {**view, "n": 9}
    unsigned = {**view, "key": None, "signature": None}
    file = tmp_path / "heads.jsonl"
    lines = [json.dumps(view), json.dumps(forged), json.dumps(unsigned), "[]", '{"n":8,"ha']
    file.write_text("\n".join(lines))

    assert heads.last_head_in(file, known) == head
    assert heads.last_head_in(file, ()) is None
    assert heads.last_head_in(tmp_path / "none", known) is None


def replace_hash(head: Head) -> Head:
    return head._replace(hash=bytes(31) + b"\x01")


_ADDRESS = "https://heads.example"


class _Place:
    """An admin's server for heads."""

    def __init__(self) -> None:
        self.heads: list[dict[str, Any]] = []
        self.status = 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"] == "/cross"
        message = await receive()
        if self.status == 200:
            self.heads.append(json.loads(message["body"]))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})
