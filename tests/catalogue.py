"""The catalogue: what must hold, what goes wrong, what is secured; and which tests say so.

The ids are the promise's own and are never used again: a fault that is no longer possible keeps
its line and says why.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
REFERENCE: Final = ROOT / "docs/reference"

FAULT_FAMILIES: Final = {
    "F-P": 12,
    "F-D": 23,
    "F-N": 15,
    "F-O": 23,
    "F-C": 20,
    "F-T": 6,
    "F-R": 10,
    "F-Y": 10,
    "F-I": 14,
    "F-S": 30,
    "F-H": 7,
}
INVARIANTS: Final = tuple(f"I-{number:02}" for number in range(1, 47))
REQUIREMENT_FAMILIES: Final = {
    "S-API-": 14,
    "S-IN-": 9,
    "S-OUT-": 7,
    "S-WEB-": 10,
    "S-DASH-": 7,
    "S-BNK-": 4,
    "S-SEC-": 5,
    "S-LOG-": 6,
    "S-SUP-": 7,
    "S-BAK-": 4,
}


def _numbered(families: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(
        f"{family}{number:02}" for family, last in families.items() for number in range(1, last + 1)
    )


FAULTS: Final = _numbered(FAULT_FAMILIES)
REQUIREMENTS: Final = _numbered(REQUIREMENT_FAMILIES)

_ID: Final = re.compile(
    r"\b(I-|F-[PDNOCTRYISH]|S-(?:API|IN|OUT|WEB|DASH|BNK|SEC|LOG|SUP|BAK)-)(\d\d)\b"
    r"((?:(?:,| to| and|,? or) \d\d\b)*)(?: to (?:\1)(\d\d)\b)?"
)
_MORE: Final = re.compile(r"(,| to| and|,? or) (\d\d)")
_ROW: Final = re.compile(r"^\| ([IFS]-[A-Z0-9-]*\d\d) \|(.*)\|$", re.MULTILINE)
_PROOF: Final = re.compile(r"`((?:tests|src|sdk)/[\w./]+\.py)::(\w+)`")

_NAMED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

WHY_NOT: Final = ("Not here:", "Not built:", "Out of scope:")
"""How a line begins that names no proof."""

TESTS: Final = ("tests/**/*.py", "src/cross/operators/*/tests/*.py", "sdk/python/tests/*.py")


@dataclass(frozen=True, slots=True)
class Proof:
    """A test, or another thing of the code that checks, and every id that it says it is for."""

    place: str
    name: str
    quotes: frozenset[str]
    is_test: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One id of a page: the cells after it, and the proofs that they name."""

    id: str
    cells: tuple[str, ...]
    proofs: tuple[tuple[str, str], ...]


def lines_of(page: str) -> list[Line]:
    """Every id that a page of the reference lists, in its order."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return [_line(id_, rest) for id_, rest in _ROW.findall(text)]


def _line(id_: str, rest: str) -> Line:
    cells = tuple(cell.strip() for cell in rest.split("|"))
    return Line(id_, cells, tuple(_PROOF.findall(rest)))


def ids_in(text: str) -> frozenset[str]:
    """The ids that a text quotes; `F-P01 to F-P03` and `S-BAK-01 to 03` are three each."""
    return frozenset(chain.from_iterable(_ids_of(match) for match in _ID.finditer(text)))


def _ids_of(match: re.Match[str]) -> Iterator[str]:
    family, first, more, last = match.groups()
    at = int(first)
    yield f"{family}{first}"
    for word, number in _MORE.findall(more):
        yield from _through(family, at, int(number), word=word)
        at = int(number)
    if last:
        yield from _through(family, at, int(last), word=" to")


def _through(family: str, at: int, end: int, *, word: str) -> Iterator[str]:
    for number in range(at + 1 if word == " to" else end, end + 1):
        yield f"{family}{number:02}"


@lru_cache(maxsize=1)
def proofs() -> Mapping[tuple[str, str], Proof]:
    """By file and name: whatever of the tests may be named as a proof."""
    found = chain.from_iterable(_proofs_in(path) for path in _test_files())
    return {(proof.place, proof.name): proof for proof in found}


def _test_files() -> Iterator[Path]:
    for pattern in TESTS:
        yield from sorted(ROOT.glob(pattern))


def _proofs_in(path: Path) -> Iterator[Proof]:
    text = path.read_text(encoding="utf-8")
    module = ast.parse(text, filename=str(path))
    of_all = ids_in(ast.get_docstring(module) or "")
    place, lines = path.relative_to(ROOT).as_posix(), text.splitlines()
    for node in ast.walk(module):
        if isinstance(node, _NAMED):
            is_test = path.name.startswith("test_") and node.name.startswith("test_")
            said = ast.get_docstring(node) or ""
            if not is_test:  # a check or a family of faults may quote its ids beside its parts
                said = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            yield Proof(place, node.name, of_all | ids_in(said), is_test)


def proof_in_source(place: str, name: str) -> Proof | None:
    """What checks in production (a monitor, a constraint) and is named beside its test."""
    path = ROOT / place
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _NAMED) and node.name == name:
            return Proof(place, name, ids_in(text), is_test=False)
    return None
