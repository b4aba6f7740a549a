"""What commands print: sentences in French or English for people, JSON for programs."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from cross.domain.cells import plain_cell
from cross.domain.money import CURRENCIES

OK: Final = 0
ERROR: Final = 1
USAGE: Final = 2
NOT_FINAL: Final = 3
CHECK_FAILED: Final = 4

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORT: Final = {"XOF": "F", "DJF": "FDJ"}

T = TypeVar("T")


class Failed(Exception):
    """A command that cannot go on: one sentence for people, the exit code for programs."""

    def __init__(
        self, *, fr: str, en: str, code: int = ERROR, problem: dict[str, Any] | None = None
    ) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en
        self.code = code
        self.problem = problem


class _Harmless(Console):
    """A console on which nobody's words move the cursor, retitle the window or hide a line."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As any console, escapes and other control characters shown as what they are."""
        for one in super().render(renderable, options):
            yield one if one.control else one._replace(text=_CONTROL.sub("\ufffd", one.text))


class Screen:
    """Standard output for what was asked, standard error for what went wrong."""

    def __init__(
        self, *, as_json: bool, lang: str, color: bool, quiet: bool, as_csv: bool = False
    ) -> None:
        self.as_json = as_json
        self.as_csv = as_csv
        self.lang = lang
        self.is_quiet = quiet
        self.out = _Harmless(file=sys.stdout, highlight=False, no_color=not color)
        self.err = _Harmless(file=sys.stderr, highlight=False, no_color=not color)

    def one_of(self, *, fr: T, en: T) -> T:
        """What suits the reader's language."""
        return fr if self.lang == "fr" else en

    def say(self, *, fr: str, en: str, style: str = "") -> None:
        """A sentence for people only; not with `--json` or `--quiet`."""
        self.show(Text(self.one_of(fr=fr, en=en), style=style))

    def show(self, *parts: RenderableType) -> None:
        """Tables and the like for people only; not with `--json` or `--quiet`."""
        if not self.as_json and not self.as_csv and not self.is_quiet:
            self.out.print(*parts)

    def line(self, text: str) -> None:
        """A line to be copied, such as an address: never broken, whatever the width."""
        if not self.as_json and not self.as_csv and not self.is_quiet:
            self.out.print(Text(text), soft_wrap=True)

    def document(self, content: object) -> None:
        """The one JSON document of a command; nothing without `--json`."""
        if self.as_json:
            print(json.dumps(content, ensure_ascii=False), flush=True)
        elif self.as_csv and isinstance(content, Mapping):
            _print_rows(content.get("data", [content]))

    def failed(self, failure: Failed) -> None:
        """Why a command ended without what was asked."""
        sentence = self.one_of(fr=failure.fr, en=failure.en)
        self.err.print(Text(f"cross: {sentence}"), soft_wrap=True)
        self.document({"object": "error", "message": sentence, "problem": failure.problem})


def _print_rows(found: Sequence[Mapping[str, Any]]) -> None:
    """A line for each, after the names; what is no single value is JSON, no cell a formula."""
    names = list(dict.fromkeys(name for one in found for name in one))
    lines = csv.writer(sys.stdout)
    if names:
        lines.writerow(names)
    lines.writerows([_cell(one.get(name)) for name in names] for one in found)


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "" if value is None else text
    return plain_cell(text) if isinstance(value, str) else text


def money(amount: int, currency: str) -> str:
    """An amount as people write it: `5 000 F`."""
    return f"{figure(amount, currency)} {_SHORT.get(currency, currency)}"


def figure(amount: int, currency: str) -> str:
    """The digits of an amount in groups of three, with the decimals that the currency has."""
    known = CURRENCIES.get(currency)
    exponent = 0 if known is None else known.exponent
    whole, rest = divmod(abs(amount), 10**exponent)
    grouped = f"{whole:,}".replace(",", " ")
    decimals = f",{rest:0{exponent}}" if exponent else ""
    return f"{'-' if amount < 0 else ''}{grouped}{decimals}"


def change(amount: int, currency: str) -> str:
    """A difference, always with its sign; nothing for nothing."""
    return "" if amount == 0 else f"{'+' if amount > 0 else ''}{figure(amount, currency)}"


def phone(e164: str | None) -> str:
    """A number in pairs, as people read it out: `+228 90 11 22 33`; `—` where none was named."""
    if e164 is None:
        return "—"
    bare = e164.removeprefix("+")
    country, national = bare[:3], bare[3:]
    pairs = [national[at : at + 2] for at in range(0, len(national), 2)]
    return " ".join([f"+{country}", *pairs])


def short(account: str) -> str:
    """An account's name with ids cut to their last letters, so that a line holds it."""
    parts = account.split(":")
    return ":".join(f"mer_…{part[-4:]}" if part.startswith("mer_") else part for part in parts)
