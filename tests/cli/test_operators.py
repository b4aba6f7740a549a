"""`cross operators`, `cross logs`, `cross audit`: what an installation is, does, and had done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Running, Typed

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("running")
def test_operators_are_listed_with_their_limits_and_health(typed: Typed) -> None:
    said = typed("operators", "list")
    assert said.code == 0
    assert "tmoney-online" in said.out
    assert "1 000 000 F" in said.out
    names = [one["name"] for one in typed.document("operators", "list")["data"]]
    assert names == ["dmoney", "flooz", "tmoney", "tmoney-online"]


def test_an_operator_is_asked_and_no_money_moves(typed: Typed, running: Running) -> None:
    before = running.control("/control/journal")["data"]
    said = typed("operators", "test", "tmoney")
    assert (said.code, "✓" in said.out) == (0, True)
    assert typed.document("operators", "test", "dmoney")["is_well"]
    assert running.control("/control/journal")["data"] == before

    asked_nothing = typed("operators", "test", "tmoney-online")
    assert asked_nothing.code == 4
    assert typed("operators", "test", "nobody").code == 1


def test_an_operator_that_is_away_is_said_to_be(typed: Typed, running: Running) -> None:
    fault = {"operator": "flooz", "fault": "down"}
    running.control("/control/faults", fault, method="POST")
    try:
        said = typed("operators", "test", "flooz", "--lang", "fr")
    finally:
        running.control("/control/faults", method="DELETE")
    assert said.code == 4
    assert "✗ flooz" in said.out


@pytest.mark.usefixtures("running")
def test_ones_own_calls_are_shown_and_narrowed(typed: Typed) -> None:
    made = typed.document("transfer", "90112233", "96112233", "700")
    typed("show", "trf_01JABCDEFGHJKMNPQRSTVWXYZ0")

    shown = typed("logs", "tail", "--limit", "50")
    assert "POST   /v1/transfers" in shown.out
    refused = typed.document("logs", "tail", "--status", "4xx")["data"]
    assert [line["code"] for line in refused] == ["not_found"]
    about = typed.document("logs", "tail", "--payment", made["id"])["data"]
    assert {line["subject"] for line in about} == {made["id"]}
    assert typed("logs", "tail", "--status", "499").out.strip() == "No calls."


@pytest.mark.usefixtures("running")
def test_what_admins_did_is_shown(typed: Typed) -> None:
    opened = typed.document("merchants", "add", "Boutique Afi")

    said = typed("audit", "tail", "--subject", opened["id"], CROSS_LANG="fr")
    assert opened["id"] in said.out
    line = typed.document("audit", "tail", "--subject", opened["id"])["data"][0]
    assert line["subject"] == opened["id"]
    assert line["who"]
    assert typed("audit", "tail", "--subject", "mer_nobody").out.strip() == "Nothing was done."


def test_a_new_operators_folder_keeps_every_promise_as_it_is(tmp_path: Path) -> None:
    """Architecture.md 1: adding an operator touches its own folder and nothing else."""
    for part in ("src", "tests", "pyproject.toml"):
        whole = ROOT / part
        if whole.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(whole, tmp_path / part, ignore=ignored)
        else:
            shutil.copy(whole, tmp_path / part)
    environment = {**os.environ, "PYTHONPATH": "src", "MYPYPATH": "src"}

    def run(*words: str) -> str:
        said = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    run("cross.cli.app", "operators", "new", "wave-tg")
    folder = "src/cross/operators/wave_tg"
    promises = run(
        *("pytest", "-q", "-p", "no:cacheprovider", "-k", "wave"),
        *(folder, "tests/operators", "tests/test_tidy.py"),
    )
    assert " passed" in promises or "[100%]" in promises
    run("ruff", "check", "--no-cache", folder)
    run("ruff", "format", "--no-cache", "--check", folder)
    run("mypy", "--cache-dir", str(tmp_path / "mypy"), folder)


@pytest.mark.parametrize("name", ["Wave", "1wave", "wave tg", "../wave", "wave-", "w"])
def test_what_cannot_be_an_operators_name_is_refused(
    typed: Typed, tmp_path: Path, name: str
) -> None:
    assert typed("operators", "new", name, "--folder", str(tmp_path)).code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_operators_folder_is_never_written_over(typed: Typed, tmp_path: Path) -> None:
    assert typed("operators", "new", "wave", "--folder", str(tmp_path)).code == 0
    (tmp_path / "wave/wire.py").write_text("mine")
    said = typed("operators", "new", "wave", "--folder", str(tmp_path))
    assert said.code == 1
    assert (tmp_path / "wave/wire.py").read_text() == "mine"
