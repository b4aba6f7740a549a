"""What was found once, kept for ever: `corpus/TARGET.txt`, one input a line.

A line is the input's Python literal, so that bytes which are no text can be read in a diff.
"""

import ast
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "corpus"


def kept(target: str) -> list[bytes]:
    """The inputs that a target has stumbled over."""
    file = FOLDER / f"{target}.txt"
    if not file.exists():
        return []
    return [ast.literal_eval(line) for line in file.read_text("ascii").splitlines() if line]


def keep(target: str, data: bytes) -> None:
    """Adds an input, once."""
    if data not in kept(target):
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / f"{target}.txt").open("a", encoding="ascii") as file:
            file.write(f"{data!r}\n")
