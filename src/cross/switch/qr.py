"""QR codes as SVG, for screens and for print."""

import io
from functools import lru_cache
from typing import Final

import segno

SCALE: Final = 8


def code_of(text: str) -> segno.QRCode:
    """The least code that holds the text; level M, as printed codes get scratched."""
    return segno.make(text, micro=False, error="m", boost_error=False)


@lru_cache(maxsize=128)
def svg_of(text: str) -> bytes:
    """A whole SVG document, to print or to show by itself."""
    drawn = io.BytesIO()
    code_of(text).save(drawn, kind="svg", scale=SCALE, light="#fff", svgclass=None, lineclass=None)
    return drawn.getvalue()
