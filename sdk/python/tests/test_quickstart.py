"""The README as a user has it: the package installed, its programs run against `cross sandbox`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Running, sandbox

PACKAGE = Path(__file__).parents[1]
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
FRENCH, ENGLISH = README.split("\n## English\n")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox as the README starts it, but for its ports."""
    with sandbox(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package installed from its folder, as pip does it, into a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    source = folder / "source"
    ignored = shutil.ignore_patterns("tests", "build", "*.egg-info", "__pycache__")
    shutil.copytree(PACKAGE, source, ignore=ignored)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, str(source)], check=True)
    return folder / "site"


def _run(program: str, running: Running, site: Path, folder: Path) -> list[str]:
    script = folder / "quickstart.py"
    script.write_text(program, encoding="utf-8")
    known = {
        "CROSS_API_KEY": running.said["api_key"],
        "CROSS_API_URL": running.said["api_url"],
        "CROSS_SIM_URL": running.said["sim_url"],
        "PYTHONPATH": str(site),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, **known},
        cwd=folder,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_quickstart_ends_with_a_paid_collection_and_a_verified_webhook(
    running: Running, site: Path, tmp_path: Path
) -> None:
    quickstart, promised = _blocks(ENGLISH, "python")[0], _blocks(ENGLISH, "text")[0]

    said = _run(quickstart, running, site, tmp_path)

    assert said[-2:] == promised.splitlines()
    assert said[-2:] == ["succeeded: 5000 XOF, +22890112201", "collection.succeeded: True"]


def test_all_programs_of_the_readme_run_one_after_the_other(
    running: Running, site: Path, tmp_path: Path
) -> None:
    said = _run("\n".join(_blocks(ENGLISH, "python")), running, site, tmp_path)

    for line in ("succeeded", "payer_refused", "completed: 5050 -> 5000"):
        assert line in said


def test_both_languages_have_the_same_programs() -> None:
    for language in ("python", "sh", "text"):
        assert _blocks(FRENCH, language) == _blocks(ENGLISH, language)


def test_what_is_installed_is_typed_and_stands_alone(site: Path) -> None:
    assert (site / "cross_switch" / "py.typed").exists()
    assert not (site / "cross").exists()
    program = "import sys, cross_switch; print('cross' in sys.modules, cross_switch.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        check=True,
    )
    assert said.stdout.startswith("False ")
    assert str(site) in said.stdout
