"""Flooz's connector: Cross's side of Moov's JSON service, and of its SOAP service for credits."""

from cross.clock import Clock
from cross.connector.asking import about_the_leg
from cross.connector.tokens import Tokens
from cross.domain.ids import RandomBits
from cross.domain.money import Money
from cross.domain.operator import (
    CallbackHint,
    CallbackReply,
    HandOver,
    LegRequest,
    LookUp,
    Outcome,
    Profile,
    RawCallback,
    Unknown,
)
from cross.operators.flooz import wire
from cross.operators.flooz.credit import FloozCreditDriver, JsonCredit
from cross.operators.flooz.gateway import Gateway
from cross.operators.flooz.setup import Setup
from cross.operators.flooz.soap import SoapCredit
from cross.operators.flooz.token import token_source
from cross.outbound import Outbound


class Flooz:
    """Collects by push USSD, pays out through a credit driver, asks by `mrchrefid`."""

    def __init__(
        self, setup: Setup, *, outbound: Outbound, clock: Clock, random_bits: RandomBits
    ) -> None:
        self._setup = setup
        fetch = token_source(setup, outbound=outbound, random_bits=random_bits)
        tokens = Tokens(fetch=fetch, clock=clock)
        self._gateway = Gateway(
            outbound, tokens, deadline_seconds=setup.profile.answer_timeout_seconds
        )
        self._credit: FloozCreditDriver = (
            JsonCredit(setup, self._gateway)
            if setup.soap_url is None
            else SoapCredit(setup, outbound, url=setup.soap_url)
        )

    @property
    def profile(self) -> Profile:
        """What Flooz is, with the waiting times of these settings."""
        return self._setup.profile

    async def collect(self, request: LegRequest) -> Outcome:
        """Ask a payer's wallet for money; the payer approves on the phone."""
        body = wire.payment_body(request, self._setup.merchant)
        answer = await self._gateway.ask(self._setup.debit_url, body)
        return answer if isinstance(answer, Unknown) else wire.debit_outcome(answer, request)

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet, at once."""
        return await self._credit.pay_out(request)

    async def look_up_collection(self, request: LegRequest) -> LookUp:
        """What became of a debit."""
        body = wire.verify_body(request, self._setup.merchant)
        answer = await self._gateway.ask(self._setup.verify_url, body)
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        return wire.verify_outcome(answer, request, is_credit=False)

    async def tell_balance(self) -> Money | None:
        """What our wallet holds by Flooz' own figure; only the SOAP service tells."""
        return await self._credit.tell_balance() if isinstance(self._credit, SoapCredit) else None

    async def look_up_payout(self, request: LegRequest) -> LookUp:
        """What became of a credit."""
        return await self._credit.look_up(request)

    async def refund(self, request: LegRequest) -> Outcome:
        """Give back to the payer: a credit like any other."""
        return await self.pay_out(request)

    async def look_up_refund(self, request: LegRequest) -> LookUp:
        """What became of that credit."""
        return await self.look_up_payout(request)

    async def take_back(self, request: LegRequest) -> None:
        """Nothing: no call for it is known, and the payer's time runs out by itself."""
        del request

    def hand_over(self, request: LegRequest, operator_reference: str) -> HandOver | None:
        """None: the payer approves on the phone."""
        del request, operator_reference
        return None

    def read_callback(self, callback: RawCallback) -> CallbackHint:
        """Which leg a callback speaks of."""
        return wire.read_callback(callback)

    def reply_to_callback(self, callback: RawCallback) -> CallbackReply:
        """*Received*, in Flooz's words."""
        return wire.reply_to_callback(callback)
