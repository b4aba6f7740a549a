"""Shells complete the words of `cross`, without loading what they do not ask about."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Typed, environment

PROGRAM = Path(sys.executable).with_name("cross")
LOADED = """
import sys
from cross.cli.app import completing
completing(sys.argv[1])
print(*[name for name in sys.modules if name.startswith("cross.cli.")])
"""


def completed(home: Path, line: str) -> list[str]:
    """What bash would offer."""
    words = environment(home, COMP_WORDS=line, _CROSS_COMPLETE="complete_bash")
    words["COMP_CWORD"] = str(len(f"{line}|".split()) - 1)
    said = subprocess.run([PROGRAM], env=words, capture_output=True, text=True, check=True)
    return said.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program_and_its_variable(shell: str, tmp_path: Path) -> None:
    said = Typed(tmp_path)("completion", shell)
    assert said.code == 0
    assert f"_CROSS_COMPLETE=complete_{shell}" in said.out


def test_names_subcommands_and_options_are_completed(tmp_path: Path) -> None:
    assert completed(tmp_path, "cross pay") == ["pay", "payout"]
    assert completed(tmp_path, "cross link c") == ["create", "close"]
    assert completed(tmp_path, "cross pay --time") == ["--timeout"]


def test_a_name_half_typed_loads_no_command(tmp_path: Path) -> None:
    def loaded(line: str) -> set[str]:
        run = [sys.executable, "-c", LOADED, line]
        said = subprocess.run(
            run, env=environment(tmp_path), capture_output=True, text=True, check=True
        )
        return set(said.stdout.split())

    assert "cross.cli.links" not in loaded("cross li")
    assert "cross.cli.links" in loaded("cross link ")
