"""Refusals about orders and payment links: why a payer or a merchant may not do that now."""

from typing import ClassVar

from cross.domain.errors import CrossError


class OrderRefusal(CrossError):
    """A refusal whose sentence needs nothing but the order."""

    sentence: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence)


class AttemptStillOpen(CrossError):
    """An earlier attempt may still bring the money: another one could make the payer pay twice."""

    code = "attempt_still_open"

    def __init__(self, *, existing_id: str | None = None) -> None:
        super().__init__("an attempt to pay this order has no known outcome yet")
        self.existing_id = existing_id


class OrderAlreadyPaid(OrderRefusal):
    """The money is there."""

    code = "order_already_paid"
    sentence = "this order is paid"


class OrderExpired(OrderRefusal):
    """The time in which it could be paid has passed."""

    code = "order_expired"
    sentence = "this order has expired"


class OrderCanceled(OrderRefusal):
    """The merchant took it back."""

    code = "order_canceled"
    sentence = "this order was canceled"


class TooManyAttempts(OrderRefusal):
    """Somebody keeps trying: the merchant makes another order where it is the payer."""

    code = "too_many_attempts"
    sentence = "this order was tried too often"


class OperatorNotOffered(CrossError):
    """The order is not to be paid through that operator."""

    code = "operator_not_offered"

    def __init__(self, *, operator: str, param: str = "operator") -> None:
        super().__init__(f"this order cannot be paid through {operator[:32]}")
        self.param = param


class NotHandedOver(OrderRefusal):
    """The way to the operator's page is not known yet, or there is none any more."""

    code = "not_handed_over"
    sentence = "there is no way to the operator's page for this attempt now"


class LinkClosed(CrossError):
    """The payment link takes no more payments: closed, expired or used up."""

    code = "link_closed"

    def __init__(self, *, status: str) -> None:
        super().__init__(f"this payment link takes no more payments: it is {status}")


class AmountNotOfLink(CrossError):
    """An amount that the link leaves no room for, or none where the payer chooses it."""

    code = "amount_not_of_link"

    def __init__(self, *, allowed: str) -> None:
        super().__init__(f"this payment link takes {allowed}")
        self.param = "amount"
