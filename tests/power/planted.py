"""Planted defects: what each patch of `patches/` breaks, what should find it, and trees to try it.

The form of a patch's head is in `patches/README.md`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PATCHES: Final = ROOT / "tests" / "power" / "patches"
COPIED: Final = ("src", "tests", "bench", "docs", "sdk", "requirements", ".ci")
FILES: Final = ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md")
_HEAD: Final = re.compile(r"(?m)^(Breaks|Title|Found by): (.+)$")
_SIMULATION: Final = re.compile(r"simulation (?:(\d+)\+)?(\d+)")
_IDS: Final = re.compile(r"(?:I|F|S)-(?:[A-Z]+-?)?\d{2}")


class Misformed(Exception):
    """A patch whose head does not say what it must."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds of the simulation of which one should fail."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests of which one should fail, as pytest is told."""

    __test__ = False  # by its name pytest would take it for a class of tests

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Defect:
    """One planted mistake."""

    file: Path
    breaks: tuple[str, ...]
    title: str
    finder: Seeds | Tests

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return self.file.stem


def all_defects() -> list[Defect]:
    """Every patch there is, by name; raises `Misformed`."""
    return [read(file) for file in sorted(PATCHES.glob("*.patch"))]


def read(file: Path) -> Defect:
    """What a patch says of itself; raises `Misformed`."""
    head, _, diff = file.read_text("utf-8").partition("\ndiff ")
    said = dict(_HEAD.findall(head))
    ids = tuple(said.get("Breaks", "").replace(" ", "").split(","))
    if not diff or set(said) != {"Breaks", "Title", "Found by"}:
        raise Misformed(f"{file.name}: Breaks, Title and Found by are expected, then a diff")
    if not all(_IDS.fullmatch(one) for one in ids):
        raise Misformed(f"{file.name}: Breaks: {said['Breaks']}")
    return Defect(file, ids, said["Title"], _finder(file, said["Found by"]))


def _finder(file: Path, said: str) -> Seeds | Tests:
    kind, _, rest = said.partition(" ")
    seeds = _SIMULATION.fullmatch(said)
    if seeds is not None:
        return Seeds(int(seeds[1] or 0), int(seeds[2]))
    if kind != "pytest" or not rest:
        raise Misformed(f"{file.name}: Found by: {said}")
    return Tests(tuple(rest.split()))


class Tree:
    """A copy of the sources in which one defect at a time is planted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=_left_out)
        for name in FILES:
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, folder / name)

    @contextmanager
    def planted(self, defect: Defect) -> Iterator[None]:
        """Within it the copy has that defect; raises `Misformed` where it cannot be planted."""
        self._patch(defect)
        try:
            yield
        finally:
            self._patch(defect, "--reverse")

    def run(
        self, command: Sequence[str], *, seconds_max: float
    ) -> subprocess.CompletedProcess[str]:
        """What a program says that runs on the copy and not on the sources themselves."""
        environment = {**os.environ, "PYTHONPATH": f"{self.folder / 'src'}:{self.folder}"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # a file that is put back may seem unchanged
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds_max,
        )

    def _patch(self, defect: Defect, *options: str) -> None:
        done = subprocess.run(
            ["git", "apply", "--unidiff-zero", *options, defect.file],  # noqa: S607
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Misformed(f"{defect.file.name} does not apply: {done.stderr}")


@contextmanager
def tree() -> Iterator[Tree]:
    """A copy that is removed afterwards."""
    with TemporaryDirectory(prefix="cross-power-") as folder:
        yield Tree(Path(folder))


def _left_out(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("__pycache__", "node_modules", "patches")]
