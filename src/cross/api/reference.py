"""Writes docs/reference/errors.md from the table of codes: `python -m cross.api.reference FILE`."""

import sys
from pathlib import Path
from typing import Final

from cross.api.errors import KINDS, Category
from cross.api.messages import MESSAGES
from cross.domain.operator import RefusalCode

_HEAD: Final = """# Errors

Written by `python -m cross.api.reference docs/reference/errors.md` from the tables in
`src/cross/api/errors.py` and `messages.py`. A refusal is an `application/problem+json` document
(RFC 9457): `type` (`urn:cross:problem:<code>`), `title`, `status`, `detail`, `code`, `category`,
`param`, `request_id`, `retryable`, `user_message` in French and English, `operator` where one
caused it, `existing_id` where another object has the name. `code` is stable; `detail` may change.

*Retry* says that the same request, with the same Idempotency-Key, may succeed later unchanged.
"""

_FAILURES: Final = """
## Why a movement failed

These are no refusals of a call: they stand in `failure.code` of a transfer, a collection or a
payout that was accepted, and of its legs.

"""


def error_table() -> str:
    """The whole page."""
    sections = [_HEAD]
    for category in Category:
        codes = [code for code, kind in KINDS.items() if kind.category is category]
        if codes:
            sections.append(f"\n## {category.value.replace('_', ' ').capitalize()}\n\n")
            sections.append("| Code | Status | Retry | French | English |\n")
            sections.append("| --- | --- | --- | --- | --- |\n")
            sections += [_row(code) for code in codes]
    failures = [f"- `{code.value}`\n" for code in RefusalCode]
    return "".join([*sections, _FAILURES, *failures])


def _row(code: str) -> str:
    kind, message = KINDS[code], MESSAGES[code]
    retry = "yes" if kind.retryable else "no"
    return f"| `{code}` | {kind.status} | {retry} | {message.fr} | {message.en} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(error_table(), encoding="utf-8")
