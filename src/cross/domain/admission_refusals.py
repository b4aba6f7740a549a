"""Refusals before anything is accepted: there is no room, or nobody there to ask."""

from cross.domain.errors import CrossError, SwitchUnavailable


class Overloaded(SwitchUnavailable):
    """This process has more to do than it can do soon; nothing was written."""

    code = "overloaded"

    def __init__(self, *, because: str, retry_after_seconds: int) -> None:
        super().__init__(f"the switch is busy ({because}) and accepted nothing; ask again")
        self.because = because
        self.retry_after_seconds = retry_after_seconds


class OperatorUnavailable(CrossError):
    """An operator that does not answer, or has too much to answer, is asked for nothing new."""

    code = "operator_unavailable"

    def __init__(self, *, operator: str, because: str, retry_after_seconds: int) -> None:
        super().__init__(f"{operator} {because}; nothing was accepted")
        self.operator = operator
        self.retry_after_seconds = retry_after_seconds


class PromptAlreadyOpen(CrossError):
    """A payer has one prompt on the phone at a time: a second one might be paid in its place."""

    code = "prompt_already_open"

    def __init__(self, *, operator: str, retry_after_seconds: int) -> None:
        super().__init__("this wallet is being asked for another payment already")
        self.operator = operator
        self.retry_after_seconds = retry_after_seconds


class TooManyWrongPins(CrossError):
    """A number that mistyped its PIN too often today is not asked: its operator would lock it."""

    code = "too_many_wrong_pins"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__("too many wrong PINs or codes for this number today; nothing was asked")
        self.param = "msisdn"
        self.retry_after_seconds = retry_after_seconds


class AcceptanceUnknown(SwitchUnavailable):
    """The books are silent: what was asked may be accepted yet, under the id that is named (I-31).

    The same request with the same key finds out.
    """

    code = "acceptance_unknown"

    def __init__(self, *, existing_id: str, retry_after_seconds: int) -> None:
        super().__init__("the books have not answered; repeat the request with the same key")
        self.existing_id = existing_id
        self.retry_after_seconds = retry_after_seconds
