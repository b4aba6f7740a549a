"""`cross demo --once`: the main job, done and checked."""

import json
import sys
from pathlib import Path
from subprocess import run

from tests.cli.running import cross, environment

TELLS_ANOTHER = """
import cross.cli.demo as demo
from cross.cli.agreement import Check
from cross.cli.app import main

async def conclude(sandbox, story):
    return [Check("effects", "tmoney", 5, 4)]

demo.conclude = conclude
main()
"""


def test_the_demo_moves_money_and_everybody_agrees(tmp_path: Path) -> None:
    said = cross(tmp_path, "demo", "--once", "--json", "--seed", "7")

    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["agree"] is True
    assert [(step["name"], step["movement"]["status"]) for step in told["steps"]] == [
        ("transfer", "completed"),
        ("collection", "succeeded"),
        ("payout", "succeeded"),
        ("refunded_transfer", "refunded"),
        ("transfer_abroad", "completed"),
        ("order_tmoney_online", "succeeded"),
        ("order_dmoney", "succeeded"),
    ]
    walked = [step["name"] for step in told["steps"] if step["pages"]]
    assert walked == ["order_tmoney_online", "order_dmoney"]
    for step in told["steps"]:
        before, after = step["balances"]["before"], step["balances"]["after"]
        assert step["legs"]
        assert step["checks"]
        assert before["totals"] == after["totals"]
        for operator, held in after["floats"].items():
            assert after["ledger"][f"float:{operator}"] == held
        for entry in step["entries"]:
            assert sum(posting["amount"] for posting in entry["postings"]) == 0


def test_the_payer_of_a_refused_credit_has_his_money_again(tmp_path: Path) -> None:
    told = json.loads(cross(tmp_path, "demo", "--once", "--json").stdout)
    (refunded,) = (step for step in told["steps"] if step["name"] == "refunded_transfer")

    assert [leg["status"] for leg in refunded["legs"]] == ["succeeded", "failed", "succeeded"]
    assert refunded["balances"]["before"]["wallets"] == refunded["balances"]["after"]["wallets"]
    assert refunded["balances"]["before"]["floats"] == refunded["balances"]["after"]["floats"]


def test_the_demo_is_read_in_french_at_80_columns_without_colour(tmp_path: Path) -> None:
    said = cross(tmp_path, "demo", "--once", "--lang", "fr")
    lines = said.stdout.splitlines()

    assert said.returncode == 0, said.stderr
    assert lines[-1].endswith("les livres concordent")
    assert max(len(line) for line in lines) <= 80
    assert "\x1b" not in said.stdout
    assert "5 050 F" in said.stdout
    assert said.stderr == ""


def test_books_that_differ_end_the_demo_with_code_4(tmp_path: Path) -> None:
    said = run(
        [sys.executable, "-c", TELLS_ANOTHER, "demo", "--once"],
        capture_output=True,
        env=environment(tmp_path),
        text=True,
        timeout=90,
        check=False,
    )

    assert said.returncode == 4
    assert "DIFFER" in said.stdout
    assert said.stdout.rstrip().endswith("1 differ")
