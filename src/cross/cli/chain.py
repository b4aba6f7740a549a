"""The chain, verified: what `cross ledger verify` and `cross audit verify` share."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.progress import Progress

from cross.cli.chain_books import Chain
from cross.cli.screen import USAGE, Failed, Screen
from cross.domain.chain import Fault, Found, Head
from cross.signing import Signature, is_signed
from cross.switch.heads import head_in

SHOWN_MAX: Final = 20
_WHAT: Final = {
    "altered": ("modifiée", "altered"),
    "missing": ("disparue", "missing"),
    "inserted": ("ajoutée après coup", "put in afterwards"),
    "unreadable": ("illisible", "unreadable"),
    "hash": ("son empreinte est modifiée, elle non", "its hash is altered, the row is not"),
    "block": ("bloc modifié", "block altered"),
    "head": ("l'histoire a été récrite", "history was rewritten"),
}
_SIGNED: Final = {
    "none": {"fr": "non signée", "en": "not signed"},
    "wrong": {"fr": "SIGNATURE FAUSSE", "en": "WRONG SIGNATURE"},
    "known key": {"fr": "signée", "en": "signed"},
    "unknown key": {"fr": "signée par une clé inconnue : --key", "en": "of an unknown key: --key"},
    "not compared": {"fr": "clé non comparée : --key", "en": "key not compared: --key"},
}


@dataclass(slots=True)
class Verified:
    """What came of a verification; `heads` are those of older days that were held against it."""

    linked: int = 0
    hash: bytes = b""
    faults: list[Fault] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether nothing was altered, and every head is one of this chain."""
        return not self.faults and all(head["agrees"] for head in self.heads)

    def view(self) -> dict[str, Any]:
        """As a document."""
        return {
            "linked": self.linked,
            "hash": self.hash.hex(),
            "agrees": self.is_right,
            "faults": [fault._asdict() for fault in self.faults],
            "heads": self.heads,
        }


async def verified(
    screen: Screen, chain: Chain, *, older: Sequence[str] = (), key: str | None = None
) -> Verified:
    """The whole chain, from its beginning, and heads of older days as they were shipped."""
    known = [key] if key else list(await chain.keys())
    wanted = [_head_in(text) for text in older]
    result = Verified()
    quiet = screen.as_json or screen.is_quiet
    with Progress(console=screen.err, transient=True, disable=quiet) as progress:
        task = progress.add_task(screen.one_of(fr="chaîne", en="chain"), total=None)

        def told(found: Found) -> None:
            progress.update(task, completed=found.until, total=found.last)

        await _walk(chain, result, told)
    first = min([fault.position for fault in result.faults], default=None)
    for head, signature in wanted:
        result.heads.append(await _held_against(chain, head, signature, known, first))
    return result


async def _walk(chain: Chain, result: Verified, told: Callable[[Found], None]) -> None:
    after = 0
    while True:
        found = await chain.part(after)
        result.faults += found.faults
        result.linked, result.hash = found.until, found.hash
        told(found)
        if found.is_whole or found.until <= after:
            return
        after = found.until


async def _held_against(
    chain: Chain, head: Head, signature: Signature | None, known: Sequence[str], first: int | None
) -> dict[str, Any]:
    """Whether what was shipped is what the books still say; `unchanged`: and all before it."""
    here = head.hash if head.position == 0 else await chain.hash_at(head.position)
    word = _word_on(head, signature, known)
    return {
        "n": head.position,
        "at": head.at,
        "agrees": here == head.hash and word not in ("wrong", "unknown key"),
        "signature": word,
        "unchanged": here == head.hash and (first is None or first > head.position),
    }


def _word_on(head: Head, signature: Signature | None, known: Sequence[str]) -> str:
    if signature is None:
        return "none"
    if not is_signed(head.message(), signature):
        return "wrong"
    if not known:
        return "not compared"
    return "known key" if signature.key in known else "unknown key"


def heads_of(text: str | None) -> list[str]:
    """The heads that were given: one as JSON, or a file with a line for each."""
    if text is None:
        return []
    if text.lstrip().startswith("{"):
        return [text]
    try:
        lines = Path(text).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(fr=f"--from-head : {error}", en=f"--from-head: {error}", code=USAGE) from None
    return [line for line in lines if line.strip()]


def _head_in(text: str) -> tuple[Head, Signature | None]:
    try:
        return head_in(json.loads(text))
    except ValueError as error:
        raise Failed(fr=f"--from-head : {error}", en=f"--from-head: {error}", code=USAGE) from None


def tell(screen: Screen, result: Verified) -> None:
    """What was found, for people: the first thing that is wrong first."""
    for fault in result.faults[:SHOWN_MAX]:
        french, english = _WHAT[fault.what]
        detail = f" ({fault.detail})" if fault.detail else ""
        screen.say(
            fr=f"I-34 : position {fault.position}, {_named(fault)} : {french}{detail}",
            en=f"I-34: position {fault.position}, {_named(fault)}: {english}{detail}",
            style="bold red",
        )
    if len(result.faults) > SHOWN_MAX:
        rest = len(result.faults) - SHOWN_MAX
        screen.say(fr=f"… et {rest} autres", en=f"… and {rest} more", style="bold red")
    for head in result.heads:
        _tell_head(screen, head)
    if not result.faults:
        screen.say(
            fr=f"Écritures et lignes d'audit : chaîne intacte sur {result.linked} (I-34, I-35).",
            en=f"Entries and audit lines: the chain of {result.linked} is whole (I-34, I-35).",
        )


def _tell_head(screen: Screen, head: dict[str, Any]) -> None:
    signature = screen.one_of(**_SIGNED[head["signature"]])
    which = f"{head['n']} ({head['at'][:19]}, {signature})"
    if head["unchanged"] and head["agrees"]:
        screen.say(
            fr=f"✓ Tête {which} : rien n'a changé avant elle.",
            en=f"✓ Head {which}: nothing before it has changed.",
        )
    else:
        screen.say(
            fr=f"✗ Tête {which} : ce qui précède n'est pas ce qu'elle dit.",
            en=f"✗ Head {which}: what comes before is not what it says.",
            style="bold red",
        )


def _named(fault: Fault) -> str:
    return fault.row if fault.book == "entry" else f"{fault.book} {fault.row}"
