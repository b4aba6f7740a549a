"""A receipt as a PDF of one page, A6 or longer, written by hand: Helvetica, and a QR code.

Helvetica is in every reader, so that nothing is embedded; it has no Arabic letters, which is why
Arabic readers get the French text (docs/decisions/0016).
"""

import textwrap
from collections.abc import Sequence
from typing import Final

from cross.web.qr import strokes_of

# Source: ISO 32000-1, annex D (WinAnsiEncoding is Windows' 1252) and section 7.5 (structure).
ENCODING: Final = "cp1252"
WIDTH: Final = 298  # A6, ISO 216: 105 mm, in points
HEIGHT_MIN: Final = 420
MARGIN: Final = 24
LINE_CHARACTERS: Final = 50
"""Of 9 points, so many fit between the margins whatever they are but capitals all through."""

QR_SIDE: Final = 84


def receipt_pdf(
    heading: str, amount: str, rows: Sequence[tuple[str, str]], check: tuple[str, str]
) -> bytes:
    """The document; `check` is what to say of the address, and the address."""
    page = _Page()
    page.line(heading, size=10)
    page.line(amount, size=24, bold=True, lead=32)
    for label, value in rows:
        page.line(label, size=7, lead=14)
        for part in textwrap.wrap(value, LINE_CHARACTERS) or [""]:
            page.line(part, size=9, bold=True, lead=11)
    page.line(check[0], size=7, lead=16)
    for part in textwrap.wrap(check[1], LINE_CHARACTERS + 10):
        page.line(part, size=7, lead=9)
    page.code(check[1])
    return _document(page.drawn(), page.height)


class _Page:
    """What is drawn, from zero down: a page is as long as what is on it."""

    def __init__(self) -> None:
        self._drawn: list[bytes] = []
        self._y = -MARGIN

    def line(self, text: str, *, size: int, bold: bool = False, lead: int = 12) -> None:
        """One line of text, `lead` points below the last."""
        self._y -= lead
        shown = text.encode(ENCODING, "replace")
        for special in (b"\\", b"(", b")"):
            shown = shown.replace(special, b"\\" + special)
        font = b"B" if bold else b"R"
        self._drawn.append(
            b"BT /%s %d Tf %d %d Td (%s) Tj ET" % (font, size, MARGIN, self._y, shown)
        )

    def code(self, text: str) -> None:
        """The QR code, under the text."""
        side, strokes = strokes_of(text)
        top = self._y - 8
        self._drawn.append(b"q %d 0 0 %d %d %d cm" % (1, 1, MARGIN, top - QR_SIDE))
        hundredths = QR_SIDE * 100 // side
        self._drawn.append(b"%s 0 0 %s 0 0 cm" % (_decimal(hundredths), _decimal(hundredths)))
        for column, row, length in strokes:
            self._drawn.append(b"%d %d %d 1 re" % (column, side - 1 - row, length))
        self._drawn.append(b"f Q")
        self._y = top - QR_SIDE

    @property
    def height(self) -> int:
        """How long the page has to be."""
        return max(HEIGHT_MIN, MARGIN - self._y)

    def drawn(self) -> bytes:
        """The page's content."""
        return b"\n".join(self._drawn)


def _decimal(hundredths: int) -> bytes:
    return b"%d.%02d" % divmod(hundredths, 100)


def _document(content: bytes, height: int) -> bytes:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 -%d %d 0] /Contents 4 0 R"
        b" /Resources << /Font << /R 5 0 R /B 6 0 R >> >> >>" % (height, WIDTH),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    )
    body, places = b"%PDF-1.4\n", []
    for number, held in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(body))
    )
