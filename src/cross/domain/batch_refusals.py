"""Refusals about batches of payouts."""

from cross.domain.errors import CrossError


class UnreadableFile(CrossError):
    """A file that holds no lines that could be read; `why` says what is wrong with it."""

    code = "unreadable_file"

    def __init__(self, *, why: str, param: str | None = None) -> None:
        super().__init__(f"the file cannot be read: {why}")
        self.param = param


class BatchEnded(CrossError):
    """Everything of the batch has begun, or was taken back: there is nothing left to cancel."""

    code = "batch_ended"

    def __init__(self) -> None:
        super().__init__("nothing of this batch is left to be taken back")
