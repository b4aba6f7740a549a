"""D-Money's connector: Cross's side of the payment gateway."""

from typing import Final

from cross.clock import Clock
from cross.connector.asking import about_the_leg
from cross.domain.ids import RandomBits
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    HandOver,
    LegRequest,
    LookUp,
    Original,
    Outcome,
    Profile,
    RawCallback,
    Unknown,
)
from cross.operators.dmoney import notice, wire
from cross.operators.dmoney.checkout import Checkout
from cross.operators.dmoney.gateway import Gateway
from cross.operators.dmoney.payout import NoPayouts, PayoutDriver, SimulatorDialect
from cross.operators.dmoney.reader import Reader
from cross.operators.dmoney.setup import Setup
from cross.outbound import Outbound

_PRE_ORDER_PATH: Final = "/payment/v1/merchant/preOrder"  # operators.md 5.1
_CLOSE_PATH: Final = "/payment/v1/merchant/closeOrder"  # ASSUMED: operators.md 5.1, 5.9
_REFUND_PATH: Final = "/payment/v1/merchant/refund"  # operators.md 5.8


class DMoney:
    """Collects and refunds through orders on D-Money's page, asks by `merch_order_id`."""

    def __init__(
        self, setup: Setup, *, outbound: Outbound, clock: Clock, random_bits: RandomBits
    ) -> None:
        self._setup = setup
        self._gateway = Gateway(setup, outbound=outbound, clock=clock, random_bits=random_bits)
        self._reader = Reader(setup.merchant, setup.keys)
        self._checkout = Checkout(setup, self._gateway, clock=clock)
        self._payouts: PayoutDriver = (
            SimulatorDialect(setup, self._gateway, self._reader)
            if setup.profile.pay_out
            else NoPayouts()
        )

    @property
    def profile(self) -> Profile:
        """What D-Money is, with the waiting times and the payouts of these settings."""
        return self._setup.profile

    async def collect(self, request: LegRequest) -> Outcome:
        """Place an order; the payer pays it on D-Money's page. On silence it is not sent again."""
        seconds = self._setup.profile.prompt_seconds
        content = wire.pre_order(request, self._setup.merchant, default_seconds=seconds)
        answer = await self._gateway.effect(_PRE_ORDER_PATH, wire.PRE_ORDER, content)
        if isinstance(answer, Unknown):
            return answer
        # operators.md 7, row 25: the document's own answer to an order has no signature
        said = self._reader.content(answer, reference=request.reference, must_be_signed=False)
        return wire.pre_order_outcome(said)

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet, where a dialect for it is configured."""
        return await self._payouts.pay_out(request)

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        """What became of an order."""
        answer = await self._gateway.query(
            wire.order_query(request.reference, self._setup.merchant)
        )
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        return wire.order_outcome(self._reader.content(answer, reference=request.reference))

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        """What became of a payout."""
        return await self._payouts.look_up(request)

    async def refund(self, request: LegRequest) -> Outcome:
        """Give an order back, whole or in part; the same number moves money once."""
        original = _original_of(request)
        content = wire.refund_order(
            request,
            original,
            self._setup.merchant,
            amount_field=self._setup.refund_amount_field,
        )
        answer = await self._gateway.effect(_REFUND_PATH, wire.REFUND, content)
        if isinstance(answer, Unknown):
            return answer
        return wire.refund_outcome(self._reader.content(answer, reference=original.reference))

    async def look_up_refund(self, request: LegRequest) -> LookUp:
        """What became of a refund.

        The order's state tells where no refund was ever made of it, where one is under way, and
        where all of it went back in one. Else the request is repeated: it is known by its number.
        """
        original = _original_of(request)
        answer = await self._gateway.query(
            wire.order_query(original.reference, self._setup.merchant)
        )
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        said = self._reader.content(answer, reference=original.reference)
        told = wire.refund_told_by_order(said, is_whole=request.money == original.money)
        if told is not None:
            return told
        outcome = await self.refund(request)
        return about_the_leg(outcome) if isinstance(outcome, Unknown) else outcome

    async def take_back(self, request: LegRequest) -> None:
        """Close the order (ASSUMED: operators.md 5.9), whatever is answered: the order tells."""
        content = wire.order_query(request.reference, self._setup.merchant)
        await self._gateway.effect(_CLOSE_PATH, wire.CLOSE, content)

    def hand_over(self, request: LegRequest, operator_reference: str) -> HandOver | None:
        """The signed address of D-Money's page for the `prepay_id` that was kept."""
        return self._checkout.way(request, operator_reference)

    def read_callback(self, callback: RawCallback) -> CallbackHint:
        """Which leg a notification speaks of, once it is beyond doubt the gateway's."""
        return notice.read_callback(callback, merchant=self._setup.merchant, keys=self._setup.keys)

    def reply_to_callback(self, callback: RawCallback) -> CallbackReply:
        """*Received*, in D-Money's words."""
        return notice.reply_to_callback(callback)


def _original_of(request: LegRequest) -> Original:
    if request.original is None:
        raise ValueError(f"no collection is named for the refund {request.reference}")
    return request.original
