"""Inputs made of inputs, from a seed: cut, doubled, mixed, with words that have fooled parsers."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from tests.fuzz.seeds import WORDS

CHANGES_MAX: Final = 5
PIECE_MAX: Final = 20


def inputs(seed: int, first: Sequence[bytes]) -> Iterator[bytes]:
    """Without end, the same ones for the same seed: first those given, then changes of them."""
    yield from first
    dice = Random(seed)  # noqa: S311  not a secret: what it finds must be found again
    while True:
        data = bytearray(dice.choice(first))
        for _ in range(dice.randrange(1, CHANGES_MAX)):
            _change(dice, data)
        yield bytes(data)


def _change(dice: Random, data: bytearray) -> None:
    at = dice.randint(0, len(data))
    match dice.randrange(5):
        case 0:
            del data[at : at + dice.randint(1, 4)]
        case 1:
            data[at:at] = dice.choice(WORDS)
        case 2 if at < len(data):
            data[at] = dice.randrange(256)
        case 3:
            data[at:at] = data[max(0, at - PIECE_MAX) : at]
        case _:
            data.insert(at, dice.randrange(256))
