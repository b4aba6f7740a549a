"""The legs of a movement as the API shows it: one line for each request to an operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cross.domain.ids import COLLECTION, PAYOUT, REFUND, TRANSFER
from cross.domain.leg import LegKind

NOUNS: Final[Mapping[str, str]] = {
    TRANSFER: "transfers",
    COLLECTION: "collections",
    PAYOUT: "payouts",
    REFUND: "refunds",
}
DONE: Final = frozenset({"completed", "succeeded"})
ENDED: Final = DONE | {"failed", "refunded", "expired", "canceled"}

_ONLY_LEG: Final = {
    "collection": LegKind.DEBIT,
    "payout": LegKind.CREDIT,
    "refund": LegKind.REFUND,
}


@dataclass(frozen=True, slots=True)
class LegLine:
    """One leg, in the words of api.md section 2; `why` says what it failed for.

    `msisdn` is None where the payer named the wallet on the operator's page only.
    """

    kind: LegKind
    operator: str
    msisdn: str | None
    amount: int
    currency: str
    status: str
    operator_reference: str | None
    why: str | None


def legs_of(movement: Mapping[str, Any]) -> tuple[LegLine, ...]:
    """Every leg that was sent or will be; only a transfer has more than one."""
    only = _ONLY_LEG.get(movement["object"])
    if only is not None:
        return (_line(only, movement),)
    return tuple(_line(kind, movement[kind.value]) for kind in LegKind if movement[kind.value])


def is_final(movement: Mapping[str, Any]) -> bool:
    """Whether its status will never change again."""
    return movement["status"] in ENDED


def place_of(movement_id: str) -> str | None:
    """Where the API keeps the movement of that id; None for what is no movement's id."""
    noun = NOUNS.get(movement_id.partition("_")[0])
    return None if noun is None else f"/v1/{noun}/{movement_id}"


def _line(kind: LegKind, leg: Mapping[str, Any]) -> LegLine:
    failure = leg["failure"]
    return LegLine(
        kind,
        leg["operator"],
        leg["msisdn"],
        leg["amount"],
        leg["currency"],
        leg["status"],
        leg["operator_reference"],
        None if failure is None else failure["code"],
    )
