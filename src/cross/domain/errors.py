"""Refusals: what a caller asked for and may not have, each named for the fact.

`CrossError` is for the caller to act on; `ValueError` and `assert` mean a mistake of ours.
`code` is public and stable; `param` names the field at fault, where there is one.
"""

from typing import ClassVar


class CrossError(Exception):
    """A refusal that the caller can act on.

    `is_first`: the books know no earlier request of the same key, so nobody need look again.
    """

    code: ClassVar[str]
    param: str | None = None
    is_first: bool = False


class UnknownCurrency(CrossError):
    """A currency that Cross does not carry."""

    code = "unknown_currency"

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code[:8]!r} is not a currency that Cross carries")
        self.param = "currency"


class AmountNotWhole(CrossError):
    """An amount with a fraction, a sign, an exponent or anything but ASCII digits."""

    code = "amount_not_whole"

    def __init__(self) -> None:
        super().__init__("the amount is not a whole number of the currency's smallest unit")
        self.param = "amount"


class InvalidMsisdn(CrossError):
    """Not a phone number that can name a wallet; the number itself is never echoed."""

    code = "invalid_msisdn"

    def __init__(self, *, param: str = "msisdn") -> None:
        super().__init__("not a mobile number of a country that Cross serves")
        self.param = param


class UnknownOperator(CrossError):
    """No operator of that name is installed."""

    code = "unknown_operator"

    def __init__(self, *, name: str, param: str = "operator") -> None:
        super().__init__(f"no operator is named {name[:32]!r}")
        self.param = param


class OperationNotOffered(CrossError):
    """The operator does not do that: a collection by push, say, or a payout."""

    code = "operation_not_offered"

    def __init__(self, *, operator: str, operation: str, param: str = "operator") -> None:
        super().__init__(f"{operator} does not offer {operation}")
        self.param = param


class CurrencyNotOfOperator(CrossError):
    """The operator's wallets are kept in another currency."""

    code = "currency_mismatch"

    def __init__(self, *, operator: str, kept: str, currency: str) -> None:
        super().__init__(
            f"the amount is {operator}'s, where wallets are kept in {kept}, not in {currency[:8]}"
        )
        self.param = "currency"


class CurrencyPairNotOffered(CrossError):
    """No rate is in force between the two currencies."""

    code = "currency_pair_not_offered"

    def __init__(self, *, source: str, destination: str) -> None:
        super().__init__(f"no rate is in force from {source} to {destination}")
        self.param = "currency"


class SameWallet(CrossError):
    """Money cannot be moved from a wallet to itself (F-I07)."""

    code = "same_wallet"

    def __init__(self) -> None:
        super().__init__("source and destination are the same wallet")
        self.param = "destination"


class AmountOutOfRange(CrossError):
    """Below the least or above the most that the operator moves in one operation."""

    code = "amount_out_of_range"

    def __init__(self, *, operator: str, least: str, most: str, param: str = "amount") -> None:
        super().__init__(f"{operator} moves from {least} to {most} in one operation")
        self.param = param


class FeeExceedsAmount(CrossError):
    """Nothing would be left for the recipient."""

    code = "fee_exceeds_amount"

    def __init__(self) -> None:
        super().__init__("the fee would leave nothing for the recipient")
        self.param = "amount"


class FloatTooLow(CrossError):
    """The operator's float account cannot fund this payout."""

    code = "float_too_low"

    def __init__(self, *, operator: str) -> None:
        super().__init__(f"the float at {operator} cannot fund this amount now")
        self.operator = operator


class BalanceTooLow(CrossError):
    """The merchant's own balance cannot fund this payout."""

    code = "balance_too_low"

    def __init__(self) -> None:
        super().__init__("the merchant's available balance cannot fund this amount and its fee")


class QuoteExpired(CrossError):
    """The price was held until a time that has passed."""

    code = "quote_expired"

    def __init__(self) -> None:
        super().__init__("the quote has expired; ask for another")
        self.param = "quote"


class QuoteUsed(CrossError):
    """A quote prices one transfer."""

    code = "quote_already_used"

    def __init__(self, *, existing_id: str) -> None:
        super().__init__("the quote was used by another transfer")
        self.param = "quote"
        self.existing_id = existing_id


class NotRefundable(CrossError):
    """The collection brought nothing that could be given back, or nobody could be given it."""

    code = "not_refundable"

    def __init__(self, *, why: str) -> None:
        super().__init__(f"this collection cannot be refunded: {why}")
        self.param = "collection"


class RefundExceedsCollection(CrossError):
    """More than is left of the collection, with all refunds that may yet succeed."""

    code = "refund_exceeds_collection"

    def __init__(self, *, left: str) -> None:
        super().__init__(f"{left} of this collection can still be given back")
        self.param = "amount"


class RefundInProgress(CrossError):
    """Other refunds of the same collection came first each time; nothing was written."""

    code = "refund_in_progress"

    def __init__(self) -> None:
        super().__init__("other refunds of this collection are being accepted; ask again")
        self.param = "collection"


class NotFound(CrossError):
    """No such object, or another merchant's: the two cannot be told apart (I-40)."""

    code = "not_found"

    def __init__(self, *, noun: str, param: str | None = None) -> None:
        super().__init__(f"no such {noun}")
        self.param = param


class ReferenceAlreadyUsed(CrossError):
    """The merchant's reference names an earlier movement, for ever (I-30)."""

    code = "reference_already_used"

    def __init__(self, *, existing_id: str) -> None:
        super().__init__("this reference was used before under another Idempotency-Key")
        self.param = "reference"
        self.existing_id = existing_id


class IdempotencyKeyReused(CrossError):
    """The key came earlier with another body (I-29)."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used with another body")
        self.param = "Idempotency-Key"


class StillBeingAccepted(CrossError):
    """The first request with this key has not been answered yet."""

    code = "request_in_progress"

    def __init__(self) -> None:
        super().__init__("a request with this Idempotency-Key is still being accepted")
        self.param = "Idempotency-Key"


class NotCancelable(CrossError):
    """The movement is final, or the operator may already have it."""

    code = "not_cancelable"

    def __init__(self) -> None:
        super().__init__("this movement can no longer be canceled")


class OutcomeUnknown(CrossError):
    """Whether the operator has acted is not known yet, so nothing may be decided."""

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__("the operator has not told the outcome yet; ask again")


class Quarantined(CrossError):
    """The books came out of a backup: nothing new is begun until a person has released them."""

    code = "quarantined"

    def __init__(self) -> None:
        super().__init__("these books were restored and are not released yet; nothing was written")


class SealingImpossible(CrossError):
    """The master keys cannot do what an admin asked; the sentence says why."""

    code = "sealing_refused"


class SwitchUnavailable(CrossError):
    """The books cannot be written now; nothing was accepted."""

    code = "unavailable"

    def __init__(
        self, detail: str = "the switch cannot accept this now; nothing was written"
    ) -> None:
        super().__init__(detail)
