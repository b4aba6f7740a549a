"""QR codes, drawn once for each address: as inline SVG for pages, as strokes for the PDF."""

from functools import lru_cache
from typing import Final, TypeAlias

from markupsafe import Markup

from cross.switch.qr import code_of

QUIET: Final = 2
"""Modules left white around the code; the page is light all around it."""

Stroke: TypeAlias = tuple[int, int, int]
"""Column, row and length of a run of dark modules."""


@lru_cache(maxsize=512)
def strokes_of(text: str) -> tuple[int, tuple[Stroke, ...]]:
    """Modules a side, and the dark runs."""
    matrix = code_of(text).matrix
    found: list[Stroke] = []
    for row, modules in enumerate(matrix):
        start = -1
        for column, dark in enumerate([*modules, 0]):
            if dark and start < 0:
                start = column
            elif not dark and start >= 0:
                found.append((start, row, column - start))
                start = -1
    return len(matrix), tuple(found)


@lru_cache(maxsize=512)
def qr_svg(text: str) -> Markup:
    """The code as one path, black on white whatever surrounds it."""
    side, strokes = strokes_of(text)
    size = side + 2 * QUIET
    path = "".join(f"M{x + QUIET} {y + QUIET}.5h{length}" for x, y, length in strokes)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img"'
        ' aria-label="QR" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{0}v{0}H0z"/>'
        '<path stroke="#000" d="{1}"/></svg>'
    ).format(size, path)
