"""A batch for PostgreSQL: writes gathered into the parameters of one call of `record_batch`.

The function works on sets, so a call holds no two writes that could touch one another: no
movement, key, reference, quote or callback twice. What collides goes into a later call.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from pydantic_core import to_json

from cross.domain.accounts import Account, AccountKind
from cross.domain.ledger import JournalEntry, Need
from cross.domain.movement import Movement
from cross.storage import rows
from cross.storage.collisions import marks_of
from cross.storage.store import (
    Addition,
    Advance,
    Broken,
    CallbackArrival,
    EventRow,
    KeyTaken,
    NotCovered,
    Opening,
    PromptTaken,
    QuoteOffer,
    QuoteTaken,
    ReferenceTaken,
    Row,
    Saved,
    Stale,
    Verdict,
    Write,
)

Record: TypeAlias = dict[str, Any]

RECORD_BATCH: Final = f"SELECT * FROM record_batch({', '.join(['%s'] * 18)})"

_MOVEMENT: Final = rows.MOVEMENT_COLUMNS.split(", ")
_OPENING: Final = [*_MOVEMENT, "prompt"]
_LEG: Final = rows.LEG_COLUMNS.split(", ")
_QUOTE: Final = rows.QUOTE_COLUMNS.split(", ")
_EVENT: Final = ("id", "merchant", "movement", "type", "sequence", "body", "created_at")
_CALLBACK: Final = (
    *("operator", "reference", "says", "digest", "method", "query", "headers", "body", "peer"),
    *("received_at", "waiting"),
)
_ADVANCED: Final = frozenset(
    {
        *("id", "version", "owner", "state", "status", "is_final", "approve_by", "updated_at"),
        *("completed_at", "failure", "attention", "events"),
    }
)
_TOLD: Final[Mapping[str, Callable[[str, str], Verdict]]] = MappingProxyType(
    {
        "stale": lambda _named, _detail: Stale(),
        "known": lambda _named, _detail: Saved(fresh=False),
        "key": KeyTaken,
        "reference": lambda named, _detail: ReferenceTaken(named),
        "quote": lambda named, _detail: QuoteTaken(named),
        "prompt": lambda _named, _detail: PromptTaken(),
    }
)


def first_call(writes: Sequence[Write]) -> list[int]:
    """Places of the writes that go into the next call, in order: those that collide wait."""
    seen: set[Hashable] = set()
    chosen = []
    for place, write in enumerate(writes):
        marks = list(marks_of(write))
        if seen.isdisjoint(marks):
            chosen.append(place)
        seen.update(marks)
    return chosen


def twins_verdict(
    writes: Sequence[Write], verdicts: Mapping[int, Verdict], place: int
) -> Verdict | None:
    """What an earlier write of the list already tells of this one: the same key, the same callback.

    None where it tells nothing, so that the books must be asked.
    """
    write = writes[place]
    for earlier in range(place):
        verdict = verdicts.get(earlier)
        match writes[earlier], write, verdict:
            case CallbackArrival(digest=first), CallbackArrival(digest=second), Saved():
                if first == second:
                    return Saved(fresh=False)
            case Opening(movement=first), Opening(movement=second), Saved() | KeyTaken():
                if _key_of(first) == _key_of(second):
                    taken = KeyTaken(first.id, first.request_digest)
                    return taken if isinstance(verdict, Saved) else verdict
            case _:
                continue
    return None


def _key_of(movement: Movement) -> tuple[str, str]:
    return movement.merchant, movement.idempotency_key


class BatchCall:
    """The parameters of one call, and what its answer means."""

    def __init__(self, writes: Sequence[Write]) -> None:
        self._writes = writes
        self._accounts: dict[Account, int] = {}
        self._needs: list[Record] = []
        self._owners: list[int] = []
        self._additions: list[int] = []
        self._openings: list[Record] = []
        self._advances: list[Record] = []
        self._legs: list[Record] = []
        self._entries: list[Record] = []
        self._entry_writes: list[int] = []
        self._lines: list[tuple[int, int, int, int]] = []
        self._events: list[Record] = []
        self._callbacks: list[Record] = []
        self._quotes: list[Record] = []
        for place, write in enumerate(writes):
            self._add(place, write)

    def parameters(self) -> list[str | None]:
        """In the order of `record_batch`. Rows come in one order for all, to wait for no one."""
        lines = list(zip(*self._lines, strict=True)) or [(), (), (), ()]
        return [
            _json(self._account_records()),
            _json(self._floors()),
            _json(self._needs),
            _array(self._owners),
            _json(sorted(self._openings, key=lambda o: (o["merchant"], o["idempotency_key"]))),
            _array([advance["place"] for advance in self._advances]),
            _json(sorted(self._advances, key=lambda a: str(a["id"]))),
            _json(self._legs),
            _json(self._entries),
            _array(self._entry_writes),
            _array(self._additions),
            *(_array(column) for column in lines),
            _json(self._events),
            _json(sorted(self._callbacks, key=lambda c: str(c["digest"]))),
            _json(self._quotes),
        ]

    def verdicts(self, found: Sequence[Row]) -> list[Verdict]:
        """One a write: the rows answered tell which were not plainly saved."""
        verdicts: list[Verdict] = [
            Saved(fresh=not isinstance(write, Addition) or bool(write.entries))
            for write in self._writes
        ]
        for place, verdict, named, detail in found:
            verdicts[place] = _verdict(self._writes[place], verdict, named, detail)
        return verdicts

    def _add(self, place: int, write: Write) -> None:
        match write:
            case Opening(movement=movement):
                self._owners.append(write.owner)
                row = rows.movement_row(movement, write.owner)
                self._openings.append(_record(_OPENING, (*row, write.prompt), place))
                kinds = tuple(leg.kind for leg in movement.legs)
                self._follow(place, write, kinds, at=rows.micros(movement.created_at))
                for number, need in enumerate(write.needs):
                    self._need(place, number, need)
            case Advance(movement=movement):
                row = rows.movement_row(movement, write.owner)
                whole = _record(_MOVEMENT, row, place)
                self._advances.append(
                    {name: whole[name] for name in whole if name in _ADVANCED or name == "place"}
                )
                self._follow(place, write, write.legs, at=rows.micros(movement.updated_at))
            case Addition(movement=name):
                once = {entry.cause: entry for entry in reversed(write.entries)}
                fresh = tuple(entry for entry in write.entries if once[entry.cause] is entry)
                self._book(place, name, fresh, at=rows.micros(write.at), once=True)
                for number, need in enumerate(write.needs):
                    self._need(place, number, need)
            case CallbackArrival():
                record = _record(_CALLBACK, rows.callback_row(write), place)
                record["body"] = b64encode(write.callback.body).decode("ascii")
                self._callbacks.append(record)
            case QuoteOffer(quote=quote):
                self._quotes.append(_record(_QUOTE, rows.quote_row(quote), place))
            case _:
                raise ValueError(f"written beside the batch: {type(write).__name__}")

    def _follow(
        self, place: int, write: Opening | Advance, kinds: Sequence[str], *, at: int
    ) -> None:
        movement = write.movement
        for leg in movement.legs:
            if leg.kind in kinds:
                self._legs.append(_record(_LEG, rows.leg_row(movement.id, leg), place))
        self._book(place, movement.id, write.entries, at=at, once=False)
        self._announce(place, movement, write.events)

    def _book(
        self, place: int, movement: str, entries: Sequence[JournalEntry], *, at: int, once: bool
    ) -> None:
        for entry in entries:
            self._entry_writes.append(place)
            number = len(self._entry_writes)
            lines = entry.signed
            for line, (account, amount) in enumerate(lines, 1):
                self._lines.append((number, line, self._place_of(account), amount))
            self._entries.append(
                {
                    "place": number,
                    "movement": movement,
                    "cause": entry.cause,
                    "lines": len(lines),
                    "at": at,
                }
            )
            if once:
                self._additions.append(number)

    def _announce(self, place: int, movement: Movement, events: Sequence[EventRow]) -> None:
        for event in events:
            self._events.append(_record(_EVENT, rows.event_row(movement, event), place))

    def _need(self, place: int, number: int, need: Need) -> None:
        record = {
            "place": place,
            "need": number,
            "holds": self._place_of(need.holds),
            "sign": 1 if need.holds.kind is AccountKind.ASSET else -1,
            "amount": need.money.amount,
        }
        if need.promised is not None:
            record["promised"] = self._place_of(need.promised)
        self._needs.append(record)

    def _place_of(self, account: Account) -> int:
        return self._accounts.setdefault(account, len(self._accounts) + 1)

    def _account_records(self) -> list[Record]:
        return [
            {
                "place": place,
                "name": account.name,
                "kind": account.kind.value,
                "currency": account.currency.code,
                "merchant": account.merchant,
            }
            for account, place in self._accounts.items()
        ]

    def _floors(self) -> list[Record]:
        """What must be there for every need to be covered whatever else of the call is saved.

        All that the call takes from the account, nothing of what it adds, and the largest need.
        """
        raised: Counter[int] = Counter()
        lowered: Counter[int] = Counter()
        for _, _, account, amount in self._lines:
            (raised if amount > 0 else lowered)[account] += abs(amount)
        floors: dict[tuple[int, int, int | None], int] = {}
        for need in self._needs:
            pair = (need["holds"], need["sign"], need.get("promised"))
            floors[pair] = max(floors.get(pair, 0), need["amount"])
        return [
            {
                "holds": holds,
                "sign": sign,
                "promised": promised,
                "floor": largest
                + (lowered if sign > 0 else raised)[holds]
                + (0 if promised is None else raised[promised]),
            }
            for (holds, sign, promised), largest in floors.items()
        ]


def _verdict(write: Write, verdict: str, named: str, detail: str) -> Verdict:
    match verdict, write:
        case "uncovered", Opening(needs=needs) | Addition(needs=needs):
            return NotCovered(needs[int(named)])
        case "there", Opening(prompt=str()):
            return PromptTaken()  # it was open a moment ago, in this very call
        case "there", Opening(movement=movement):
            return Broken(f"movement {movement.id} is there already")
        case _:
            return _TOLD[verdict](named, detail)


def _record(names: Sequence[str], row: Row, place: int) -> Record:
    record = {name: value for name, value in zip(names, row, strict=True) if value is not None}
    record["place"] = place
    return record


def _json(records: Sequence[Mapping[str, Any]]) -> str | None:
    return to_json(records).decode() if records else None


def _array(numbers: Sequence[int]) -> str | None:
    return f"{{{','.join(map(str, numbers))}}}" if numbers else None
