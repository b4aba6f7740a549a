"""QR codes as SVG, for screens and for print."""

import io
from functools import lru_cache
from typing import Final

import segno

SCALE: Final = 8


@lru_cache(maxsize=128)
def svg_of(text: str) -> bytes:
    """A whole SVG document; level M, as printed codes get scratched."""
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m", boost_error=False).save(
        drawn, kind="svg", scale=SCALE, light="#fff", svgclass=None, lineclass=None
    )
    return drawn.getvalue()
