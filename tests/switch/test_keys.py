"""Keys: random, told apart by mode, stored hashed, known again."""

import asyncio
import re
from pathlib import Path

import pytest

from cross.randomness import RandomSource
from cross.storage.store import ApiKeyRow, MerchantRow
from cross.switch.keys import SCOPES, caller_of, hash_of, new_secret
from tests.world import MERCHANT, SECRET, small_world


@pytest.mark.parametrize(("livemode", "start"), [(True, "sk_live_"), (False, "sk_test_")])
def test_a_key_says_its_mode_and_nothing_else(livemode: bool, start: str) -> None:  # noqa: FBT001
    """S-API-01: letters and digits, some 43 of them for 256 bits."""
    source = RandomSource()
    keys = [new_secret(source, livemode=livemode) for _ in range(200)]

    assert len(set(keys)) == 200
    assert all(re.fullmatch(start + r"[0-9A-Za-z]{36,43}", key) for key in keys)


def test_every_bit_of_a_key_counts() -> None:
    def only(bit: int) -> str:
        return new_secret(lambda bits: (1 << bit) % (1 << bits), livemode=False)

    assert len({only(bit) for bit in range(256)}) == 256


def test_a_key_is_known_again_and_never_stored(tmp_path: Path) -> None:
    """S-API-01: a hash tells who it is."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            for _ in range(2):
                caller = await caller_of(world.switch, SECRET)
                assert caller is not None
                assert caller.merchant == MERCHANT
                assert set(caller.scopes) == set(SCOPES)
            rows = await world.switch.store.rows("SELECT * FROM api_keys", {})
            assert SECRET not in repr(rows)
            assert SECRET not in repr(vars(world.switch.directory))

    asyncio.run(scenario())


@pytest.mark.parametrize("secret", ["", "sk_test_", SECRET + "x", SECRET[:-1], "é" * 10, "a\0b"])
def test_what_is_nobodys_key_is_nobodys(tmp_path: Path, secret: str) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            assert await caller_of(world.switch, secret) is None
            assert world.switch.directory.caller(hash_of(secret)) is None

    asyncio.run(scenario())


def test_a_key_of_the_other_mode_is_nobodys(tmp_path: Path) -> None:
    """A live key on a test switch must not look as if it worked."""

    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            now = world.switch.clock()
            live = ApiKeyRow(
                "key_live",
                MERCHANT,
                livemode=True,
                secret_hash=hash_of("sk_live_world"),
                scopes=SCOPES,
                at=now,
            )
            await world.switch.store.add_merchant(MerchantRow(MERCHANT, "Boutique", now), live)

            assert await caller_of(world.switch, "sk_live_world") is None
            assert await caller_of(world.switch, SECRET) is not None

    asyncio.run(scenario())
