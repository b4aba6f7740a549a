"""`cross ledger verify`, `head`, `key` and `cross audit verify`: the chain, as a person asks."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from cross.cli.calls import Calls
from cross.cli.chain import Verified, heads_of, verified
from cross.cli.chain_books import Chain, ServedChain, StoredChain
from cross.cli.screen import Failed, Screen
from cross.clock import system_clock
from cross.domain.money import xof
from cross.sealing import new_master_key_line
from cross.storage.reading import SqliteBooks
from cross.storage.sqlite import OwnThread, SqliteStore
from cross.switch import audit
from cross.switch.audit import Act
from cross.switch.funding import fund_float
from tests.cli.running import Typed
from tests.storage.linking import link_all
from tests.storage.tampering import furnished
from tests.world import SWITCH_ADDRESS, World, quick_settings, small_world

QUIET = Screen(as_json=True, lang="en", color=False, quiet=True)


@pytest.fixture
def books(tmp_path: Path) -> tuple[str, Path]:
    """Books with a chain, by their URL, and the settings whose master key signs their heads."""
    file = tmp_path / "books.db"
    asyncio.run(furnished(file))
    key = tmp_path / "master.key"
    key.touch(mode=0o600)
    key.write_text(new_master_key_line("first", random_bits=lambda bits: (1 << bits) - 5))
    config = tmp_path / "cross.toml"
    config.write_text(f'master_key_file = "{key}"\n')
    return f"sqlite:{file}", config


def tamper(url: str, sql: str) -> None:
    somebody = apsw.Connection(url.removeprefix("sqlite:"))
    triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    for (name,) in somebody.execute(triggers).fetchall():
        somebody.execute(f"DROP TRIGGER {name}")
    somebody.execute(sql)
    somebody.close()


def test_the_first_altered_row_is_named_and_the_exit_code_is_4(
    typed: Typed, books: tuple[str, Path]
) -> None:
    """I-34, F-S28."""
    url, _ = books
    place = ("--database-url", url)
    assert typed("ledger", "verify", *place).code == 0
    tamper(url, "UPDATE entries SET cause = 'x' WHERE id IN (7, 4)")

    said = typed("ledger", "verify", *place)
    assert said.code == 4
    assert said.out.index("I-34: position 4, je_4: altered") < said.out.index("je_7")
    document = typed.document("ledger", "verify", *place)
    assert document["agrees"] is False
    assert [fault["row"] for fault in document["chain"]["faults"]] == ["je_4", "je_7"]
    assert typed("audit", "verify", *place).code == 0  # the audit's own lines are right


def test_a_line_of_the_audit_that_was_altered_is_named(
    typed: Typed, books: tuple[str, Path]
) -> None:
    """I-35, S-LOG-04."""
    url, _ = books
    tamper(url, "UPDATE audit SET who = 'somebody else' WHERE number = 2")

    said = typed("audit", "verify", "--database-url", url)
    assert said.code == 4
    assert "audit 2: altered" in said.out
    assert typed("ledger", "verify", "--database-url", url).code == 4


def test_an_older_head_proves_what_came_before_it(
    typed: Typed, books: tuple[str, Path], tmp_path: Path
) -> None:
    url, config = books
    place = ("--database-url", url, "--config", str(config))
    head = typed.document("ledger", "head", *place)
    shipped = tmp_path / "heads.jsonl"
    shipped.write_text(json.dumps(head) + "\n")
    [key] = typed.document("ledger", "key", *place)["keys"]
    assert head["key"] == key

    said = typed("ledger", "verify", *place, "--from-head", str(shipped))
    assert said.code == 0
    assert "signed): nothing before it has changed" in said.out
    stranger = ("--key", "A" * 43 + "=")
    assert typed("ledger", "verify", *place, "--from-head", json.dumps(head), *stranger).code == 4
    forged = json.dumps({**head, "at": "2026-01-01T00:00:00+00:00"})
    assert typed("ledger", "verify", *place, "--from-head", forged).code == 4
    assert typed("ledger", "verify", *place, "--from-head", "{}").code == 2
    assert typed("ledger", "verify", *place, "--from-head", str(tmp_path / "none")).code == 2


def test_a_history_that_was_rewritten_as_a_whole_is_told_by_the_head_alone(
    typed: Typed, books: tuple[str, Path]
) -> None:
    """F-S28: the chain that somebody made anew is consistent."""
    url, config = books
    place = ("--database-url", url, "--config", str(config))
    head = json.dumps(typed.document("ledger", "head", *place))
    tamper(url, "UPDATE entries SET cause = 'x' WHERE id = 4;DELETE FROM chain_blocks")
    asyncio.run(_linked_anew(Path(url.removeprefix("sqlite:"))))

    assert typed("ledger", "verify", *place).code == 0
    said = typed("ledger", "verify", *place, "--from-head", head)
    assert said.code == 4
    assert "what comes before is not what it says" in said.out


async def _linked_anew(file: Path) -> None:
    store = SqliteStore(file, clock=system_clock, writer=OwnThread("w"), reader=OwnThread("r"))
    await store.open()
    await link_all(store)
    await store.close()


def test_a_running_switch_says_the_same_as_its_books(tmp_path: Path) -> None:
    """Over `/admin`, in parts; from its file, as a whole."""

    async def scene() -> None:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            for number in range(3):
                await fund_float(world.switch, "tmoney", xof(5), name=f"more {number}")
                await audit.note(world.switch, Act("ana", "keys.create", f"key_{number}"))
            served = ServedChain(_admins_calls(world))
            async with asyncio.timeout(20):
                while (head := await served.head())["unlinked"]:
                    await asyncio.sleep(0.05)
            reader = SqliteBooks(tmp_path / "books.db")
            stored = StoredChain(reader, world.switch.seals)
            assert await served.keys() == list(await stored.keys())
            both = [await _verified(chain, [json.dumps(head)]) for chain in (served, stored)]
            assert both[0].view() == both[1].view()
            assert both[0].is_right
            assert both[0].linked == head["n"] == 8
            assert both[0].heads[0]["unchanged"]
            assert await served.hash_at(99) is None
            assert await served.hash_at(8) == await stored.hash_at(8)
            await reader.close()

    asyncio.run(scene())


async def _verified(chain: Chain, older: Sequence[str]) -> Verified:
    return await verified(QUIET, chain, older=older)


def _admins_calls(world: World) -> Calls:
    [token, *_] = world.switch.seals.admin_tokens()
    return Calls(world.network, SWITCH_ADDRESS, token)


def test_a_file_without_heads_is_none(tmp_path: Path) -> None:
    empty = tmp_path / "heads.jsonl"
    empty.write_text("\n")
    assert heads_of(str(empty)) == []
    assert heads_of(None) == []
    with pytest.raises(Failed):
        heads_of(str(tmp_path))


def test_the_admins_calls_refuse_what_is_no_position(tmp_path: Path) -> None:
    async def scene() -> list[Any]:
        async with small_world(tmp_path, settings=quick_settings(only=("tmoney",))) as world:
            [token, *_] = world.switch.seals.admin_tokens()
            paths = ("verification?since=-1", "verification?since=1e3", "items/x", "items/0")
            asked = [
                (await world.ask("GET", f"/admin/ledger/{path}", secret=token))[0].status
                for path in paths
            ]
            strangers, _ = await world.ask("GET", "/admin/ledger/head")
            return [*asked, strangers.status]

    assert asyncio.run(scene()) == [422, 422, 422, 404, 404]
