"""The newest movements as far as a fee is made of them, for a preview of other fees."""

from typing import Final, NamedTuple

from cross.domain import ids
from cross.domain.money import CURRENCIES, Money
from cross.domain.movement import MovementKind
from cross.storage.store import Reader

PREVIEWED: Final = 100  # money-safety.md, F-H01: on the last 100
KINDS: Final = (
    (MovementKind.TRANSFER, ids.TRANSFER),
    (MovementKind.COLLECTION, ids.COLLECTION),
    (MovementKind.PAYOUT, ids.PAYOUT),
)
_NEWEST: Final = (
    "SELECT id, merchant, debit_amount, debit_currency, fee_earned + fee_rounding"
    " FROM movements WHERE kind = :kind AND (merchant = :merchant OR :merchant = '')"
    " AND id > :first AND id < :last"  # of all merchants: by the key alone
    f" ORDER BY id DESC LIMIT {PREVIEWED}"
)


class Sample(NamedTuple):
    """A movement: what the payer paid in all, and what of it was the fee."""

    id: str
    kind: MovementKind
    merchant: str
    debit: Money
    charged: Money


async def newest(reader: Reader, *, merchant: str) -> list[Sample]:
    """The newest of each kind that has fees, of a merchant or (empty) of all."""
    found: list[Sample] = []
    for kind, prefix in KINDS:
        given = {"kind": kind.value, "merchant": merchant}
        rows = await reader.rows(_NEWEST, {**given, "first": f"{prefix}_", "last": f"{prefix}_~"})
        for id_, owner, debit, code, charged in rows:
            currency = CURRENCIES[str(code)]
            paid, fee = Money(int(debit), currency), Money(int(charged), currency)
            found.append(Sample(str(id_), kind, str(owner), paid, fee))
    return found
