"""Eighty seeds hold every invariant, and a seed is the same story each time it is told."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.play import Report, Studio
from tests.simulation.run import command

SEEDS = 80
CHUNK = 10
KEPT = {
    884: "a second delivery of a request heard *invalid*, and was believed (F-N14, I-03)",
    523: "news of the house waited for a look around, and outlived the last check (I-38)",
    1613: "the same, of an operator that came back with the last movement (I-38)",
    885: "a clock jumped a day ahead and back between two looks, and nobody noticed (I-38, I-45)",
    1932: "a callback and a refusal of one request: paid, refunded, a callback forgotten (I-25)",
    1558: "a leg waited for its operator, and was forgotten with a full disk (I-21, F-D13)",
    18041: "a second delivery of an order was refused, its payer paid the first one's (F-N14)",
    105526: "three renewals of the lease met a full disk, though it had room in between (F-D13)",
    105483: "a credit is paid 200 s after it was sent, its payer has his money back (F-N03, F-O05)",
    200286: "a request arrives between a query that finds nothing and its answer (I-24, F-N03)",
    968: "a query that found nothing was overtaken by the callback of what it then did (I-25)",
    7481: "an operator that returned was asked about one leg, the others waited an hour (I-21)",
    5842: "a payout is canceled while it waits to be sent again (I-16)",
    48: "an event of a day that the clock was ahead was told to nobody for that day (I-45)",
    88: "a clock that stepped ended the settling window, or kept it open for a day (I-45)",
    236: "a sync fails while the process begins (F-D14)",
    304: "a sync fails while the process begins, and batches wait (F-D14)",
    314: "an operator is away for six hours (F-O02)",
}
"""Seeds that once failed, or whose story is rare; played even where the first seeds are few.

A seed tells another story once the generator changes: what it found is also a test of its own.
"""

POWER_LOST = (28, 40)
"""Seeds whose machine loses power while something is promised and not yet synced."""

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with Studio() as studio:
        yield studio


def told(report: Report) -> str:
    return "\n".join([f"seed {report.seed}", *report.violations, command(report.seed)])


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_invariant_holds_whatever_goes_wrong(first: int, studio: Studio) -> None:
    """I-01 to I-07, I-09, I-10, I-12 to I-16, I-20 to I-27, I-29 to I-31, I-33, I-36 to I-40, I-45.

    F-P01 to F-P03, F-P07, F-P08, F-D12 to F-D14; F-N01 to F-N05, F-N07, F-N12, F-N14; F-O02, F-O14;
    F-C01 to F-C04, F-C07, F-C11; F-T01, F-T05: whatever the swarm of a seed has of them.
    """
    for seed in range(first, first + CHUNK):
        report = studio.play(seed)

        assert not report.violations, told(report)


@pytest.mark.parametrize("seed", KEPT)
def test_a_seed_that_is_kept_holds(seed: int, studio: Studio) -> None:
    report = studio.play(seed)

    assert not report.violations, told(report)


def test_books_that_are_not_synced_break_their_promise(studio: Studio) -> None:
    """F-P07: the disk does lose what was not synced, and synchronous FULL is what saves it."""
    with Studio(synchronous="NORMAL") as careless:
        found = [careless.play(seed).violations for seed in POWER_LOST]

    assert all(found)
    assert not any(studio.play(seed).violations for seed in POWER_LOST)


def test_a_seed_gives_the_same_trace_in_the_same_process(studio: Studio) -> None:
    seeds = (3, 41, 127)

    assert [studio.play(seed).digest for seed in seeds] == [
        studio.play(seed).digest for seed in seeds
    ]


def test_a_seed_gives_the_same_trace_in_another_process_with_other_hashes(studio: Studio) -> None:
    program = [sys.executable, "tests/simulation/run.py", "--jobs", "1", "--digests"]
    finished = subprocess.run(
        [*program, "--first", "8", "--seeds", "3"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [f"{seed} {studio.play(seed).digest}" for seed in (8, 9, 10)]

    assert finished.stdout.splitlines()[:3] == here


def test_different_seeds_are_different_stories(studio: Studio) -> None:
    assert studio.play(1).digest != studio.play(2).digest
