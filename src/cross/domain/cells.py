"""Cells of files that people open in a spreadsheet."""

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # Source: OWASP, CSV Injection


def plain_cell(text: str) -> str:
    """The text, marked as text where a spreadsheet would take it for a formula (S-DASH-06)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
