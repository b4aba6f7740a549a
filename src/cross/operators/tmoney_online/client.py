"""TMoney Online's connector: asks for a session, hands the payer over, reads what comes back."""

from datetime import timedelta
from typing import Final

from cross.clock import Clock
from cross.connector.asking import ask
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    HandOver,
    LegRequest,
    LookUp,
    Outcome,
    Profile,
    RawCallback,
    RefusalCode,
    Refused,
    Unknown,
)
from cross.operators.tmoney_online import notification, wire
from cross.operators.tmoney_online.setup import Setup
from cross.outbound import HttpRequest, Outbound

NOTIFYING_SECONDS: Final = 150  # ASSUMED: operators.md 1.4: tries at 0, 30, 120 s, 10 s each

_NOT_OFFERED: Final = Refused(
    RefusalCode.OPERATOR_REFUSED, operator_message="TMoney Online only collects"
)


class TMoneyOnline:
    """Collects on the operator's page; a notification tells what became of it, or nobody does."""

    def __init__(self, setup: Setup, *, outbound: Outbound, clock: Clock) -> None:
        self._setup = setup
        self._outbound = outbound
        self._clock = clock

    @property
    def profile(self) -> Profile:
        """What TMoney Online is, with the waiting times of these settings."""
        return self._setup.profile

    async def collect(self, request: LegRequest) -> Outcome:
        """Open a session, which moves nothing; the payer's page is made of its id."""
        del request  # a session is the merchant's, of no order yet (operators.md 1.1)
        setup = self._setup
        answer = await ask(
            self._outbound,
            HttpRequest(
                "GET",
                f"{setup.page_url}?merchantid={setup.merchantid}",
                deadline_seconds=setup.profile.answer_timeout_seconds,
            ),
        )
        return answer if isinstance(answer, Unknown) else wire.session_outcome(answer)

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Refused: the page only collects."""
        del request
        return _NOT_OFFERED

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        """Unknown: nobody can be asked; overdue once a notification would have come."""
        told_by = request.requested_at + timedelta(
            seconds=self._setup.profile.prompt_seconds + NOTIFYING_SECONDS
        )
        return Unknown("TMoney Online answers no queries", overdue=self._clock() >= told_by)

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        """Refused: there is none."""
        del request
        return _NOT_OFFERED

    async def refund(self, request: LegRequest) -> Outcome:
        """Refused: the payer is credited through TMoney (`PROFILE.refunds_through`)."""
        del request
        return _NOT_OFFERED

    async def look_up_refund(self, request: LegRequest) -> LookUp:
        """Refused: there is none."""
        del request
        return _NOT_OFFERED

    async def take_back(self, request: LegRequest) -> None:
        """Nothing: no call for it is known, and the payer's time runs out by itself."""
        del request

    def hand_over(self, request: LegRequest, operator_reference: str) -> HandOver | None:
        """The order form that the payer's browser posts; None where no visit is given."""
        if request.visit is None:
            return None
        return wire.hand_over(request, request.visit, operator_reference, self._setup)

    def read_callback(self, callback: RawCallback) -> CallbackHint:
        """Which leg a notification speaks of, and what it proves."""
        return notification.read_callback(callback, self._setup)

    def reply_to_callback(self, callback: RawCallback) -> CallbackReply:
        """*Received*, in TMoney Online's words."""
        del callback
        return notification.reply_to_callback()
