"""Fee schedules as they are configured or stored, made into the ones that prices are made from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from cross.domain.fees import Band, FeeSchedule
from cross.domain.money import Money, currency_named
from cross.domain.movement import MovementKind
from cross.settings import FeeSettings

Schedules: TypeAlias = Mapping[MovementKind, tuple[FeeSchedule, ...]]


def fee_schedules(fees: Iterable[FeeSettings]) -> Schedules:
    """The schedules by kind of movement; raises `CrossError` or `ValueError`."""
    found: dict[MovementKind, tuple[FeeSchedule, ...]] = {}
    for fee in fees:
        currency = currency_named(fee.currency)
        bands = tuple(
            Band(
                Money(band.least, currency),
                Money(band.most, currency),
                Money(band.fixed, currency),
                band.basis_points,
                None if band.cap is None else Money(band.cap, currency),
            )
            for band in fee.bands
        )
        schedule = FeeSchedule(
            fee.name,
            bands,
            datetime.fromisoformat(fee.valid_from),
            None if fee.valid_until is None else datetime.fromisoformat(fee.valid_until),
        )
        kind = MovementKind(fee.movement)
        found[kind] = (*found.get(kind, ()), schedule)
    return found
