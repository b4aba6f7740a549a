"""What the simulated operators' control API answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cross_switch.reading import Thing


@dataclass(frozen=True, kw_only=True)
class Prompt(Thing):
    """A request for the payer's PIN, open on a simulated phone."""

    id: str
    operator: str
    text: str
    amount: int
    reference: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sms(Thing):
    """A message on a simulated phone."""

    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Handset(Thing):
    """A simulated phone."""

    prompts: tuple[Prompt, ...]
    sms: tuple[Sms, ...]
    balances: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Purse(Thing):
    """A wallet at a simulated operator."""

    operator: str
    msisdn: str
    balance: int
    name: str
    blocked: bool


@dataclass(frozen=True, kw_only=True)
class Fault(Thing):
    """Something planted to go wrong."""

    id: str
    operator: str
    fault: str
    probability: float
    count: int | None
    match: str | None
    value: int


@dataclass(frozen=True, kw_only=True)
class Moved(Thing):
    """A movement that a simulated operator really made."""

    operator: str
    kind: str
    reference: str
    operator_reference: str
    msisdn: str
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StatementRow(Thing):
    """One line of an operator's statement."""

    date: str
    time: str
    operator_reference: str
    reference: str
    type: str
    msisdn: str
    amount: int
    currency: str
    status: str
    fee: int


@dataclass(frozen=True, kw_only=True)
class Break(Thing):
    """A line that is not so: `missing`, `extra`, `wrong_amount`, `duplicate`, `wrong_day`."""

    kind: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class Statement(Thing):
    """A simulated operator's statement of one day, and what is planted in it."""

    operator: str
    date: str
    rows: tuple[StatementRow, ...]
    planted: tuple[Break, ...]


@dataclass(frozen=True, kw_only=True)
class Time(Thing):
    """What the simulators' clock shows."""

    now: datetime
