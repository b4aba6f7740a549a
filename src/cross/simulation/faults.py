"""Faults that a test plants at a simulated operator (sandbox.md section 2)."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cross.domain.ids import RandomBits

_PROBABILITY_BITS: Final = 32
_PROBABILITY_WHOLE: Final = 1 << _PROBABILITY_BITS


class FaultKind(StrEnum):
    """What goes wrong. `DOWN` answers 503 to everything: no ASGI application can refuse to connect.

    `LATENCY` comes before the effect, so that a request may be executed after its caller gave up.
    """

    LATENCY = "latency"
    ERROR_500 = "error_500"
    ERROR_502_HTML = "error_502_html"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    LOSE_CALLBACK = "lose_callback"
    DUPLICATE_CALLBACK = "duplicate_callback"
    DELAY_CALLBACK = "delay_callback"
    EARLY_CALLBACK = "early_callback"
    FORGE_CALLBACK = "forge_callback"
    ALTER_CALLBACK_AMOUNT = "alter_callback_amount"
    TRUNCATE_BODY = "truncate_body"
    DOWN = "down"
    STATUS_QUERY_DOWN = "status_query_down"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a fault's name
    DRIP = "drip"


class LieKind(StrEnum):
    """What an operator does otherwise than it says; no switch can know it before a statement does.

    `FORGET` answers a query as if it had never heard of the request. `UNDO` takes the money back
    `value` milliseconds later; `OTHER_AMOUNT` moves and tells `value`, or one less than asked.
    """

    CLAIM_SUCCESS = "claim_success"
    CLAIM_FAILURE = "claim_failure"
    EXECUTE_TWICE = "execute_twice"
    OTHER_AMOUNT = "other_amount"
    FORGET = "forget"
    UNDO = "undo"
    REUSE_REFERENCE = "reuse_reference"


DEFAULT_VALUES: Final[Mapping[FaultKind | LieKind, int]] = {
    FaultKind.LATENCY: 1_000,  # milliseconds
    FaultKind.DELAY_CALLBACK: 1_000,  # milliseconds
    FaultKind.DUPLICATE_CALLBACK: 2,  # times in all
}


@dataclass(slots=True)
class Fault:
    """One planted fault; `count` is how many times it will still happen, None for ever."""

    id: str
    operator: str
    kind: FaultKind | LieKind
    probability: float = 1.0
    count: int | None = None
    match: str | None = None
    value: int = 0


class Faults:
    """The faults planted at all operators, in the order of planting."""

    def __init__(self, random_bits: RandomBits) -> None:
        self._random_bits = random_bits
        self._serials = itertools.count(1)
        self._planted: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._planted)

    def plant(self, fault: Fault) -> Fault:
        """Let this fault happen from now on."""
        fault.id = f"fault-{next(self._serials)}"
        self._planted.append(fault)
        return fault

    def planted(self) -> tuple[Fault, ...]:
        """The faults that may still happen."""
        return tuple(self._planted)

    def remove(self, fault_id: str | None = None) -> bool:
        """Remove one fault, or all; False if there is none of that id."""
        kept = [] if fault_id is None else [f for f in self._planted if f.id != fault_id]
        removed = len(kept) < len(self._planted)
        self._planted = kept
        return removed or fault_id is None

    def strike(
        self, operator: str, kind: FaultKind | LieKind, concerns: tuple[str, ...]
    ) -> Fault | None:
        """The fault that happens now to what concerns these references and numbers, if any."""
        for fault in self._planted:
            if fault.kind is kind and fault.operator == operator and self._hits(fault, concerns):
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count == 0:
                        self._planted.remove(fault)
                return fault
        return None

    def _hits(self, fault: Fault, concerns: tuple[str, ...]) -> bool:
        if fault.match is not None and not any(fault.match in text for text in concerns):
            return False
        if fault.probability >= 1:
            return True
        threshold = int(fault.probability * _PROBABILITY_WHOLE)
        return self._random_bits(_PROBABILITY_BITS) < threshold
