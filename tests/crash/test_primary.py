"""PostgreSQL dies, or the way to it breaks, while the switch lives on."""

import asyncio
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.crash.books import Books
from tests.crash.ending import violations_at_rest
from tests.crash.invariants import Watch
from tests.crash.load import Orders
from tests.crash.playing import DRAIN_SECONDS, merchant_on, same_random
from tests.crash.primary import on_own_server
from tests.crash.process import Nursery
from tests.crash.stage import drained, staged
from tests.storage.backends import Network


def test_a_primary_killed_under_load_loses_nothing_acknowledged_and_is_used_again_by_itself(
    nursery: Nursery, tmp_path: Path
) -> None:
    """F-D01: the postmaster and all its children by SIGKILL, then started again; I-14, I-17."""
    seen = asyncio.run(on_own_server(nursery, tmp_path, kills=1, random=same_random()))

    assert seen.violations == ()
    assert seen.accepted > 1


ROUNDS_MAX = 10
"""How often more is asked for until what was to be lost has been lost."""


def test_a_commit_whose_connection_is_cut_before_the_answer_has_its_effect_once(
    nursery: Nursery, tmp_path: Path, shared_url: str
) -> None:
    """F-D05, I-17: end to end, with answers, calls and connections lost under load."""

    async def cut() -> None:
        network = Network(tmp_path, str(conninfo_to_dict(shared_url)["host"]))
        await network.start()
        url = shared_url.replace(f"host={conninfo_to_dict(shared_url)['host']}", f"host={tmp_path}")
        async with staged(nursery, tmp_path, url) as stage:
            stage.books = Books(shared_url)  # read past the network, which runs in this loop
            watch, merchant = Watch(stage), merchant_on(stage)
            await stage.start().told_ready()
            orders = Orders(same_random())
            for fault in ("lose_answer", "lose_call", "lose_answer"):
                network.break_all()
                setattr(network, fault, 2)
                network.refuse = 1
                for _ in range(ROUNDS_MAX):
                    placing = [
                        merchant.place(orders.of("transfer", "tmoney", "21", "flooz", payee))
                        for payee in ("21", "14")
                    ]
                    await asyncio.gather(*placing)
                    if not getattr(network, fault):
                        break
            assert await drained(stage, seconds=DRAIN_SECONDS)

            assert network.lose_answer == network.lose_call == 0
            assert await violations_at_rest(stage, watch, merchant) == []
        await network.stop()

    asyncio.run(cut())
