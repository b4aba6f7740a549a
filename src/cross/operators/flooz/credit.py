"""Money to a Flooz wallet. Moov publishes no way for Togo, so the way is a driver (3.7)."""

from typing import Protocol

from cross.connector.asking import about_the_leg
from cross.domain.operator import LegRequest, LookUp, Outcome, Unknown
from cross.operators.flooz import wire
from cross.operators.flooz.gateway import Gateway
from cross.operators.flooz.setup import Setup


class FloozCreditDriver(Protocol):
    """A way to credit a Flooz wallet; raises nothing for what Flooz does."""

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet."""

    async def look_up(self, request: LegRequest) -> LookUp:
        """What became of it."""


class JsonCredit:
    """Simulator dialect, replace when Moov's document is available (ASSUMED: operators.md 3.7)."""

    def __init__(self, setup: Setup, gateway: Gateway) -> None:
        self._setup = setup
        self._gateway = gateway

    async def pay_out(self, request: LegRequest) -> Outcome:
        """A synchronous credit with the fields of a debit."""
        body = wire.payment_body(request, self._setup.merchant)
        answer = await self._gateway.ask(self._setup.credit_url, body)
        return answer if isinstance(answer, Unknown) else wire.credit_outcome(answer, request)

    async def look_up(self, request: LegRequest) -> LookUp:
        """What became of it, by Verify."""
        body = wire.verify_body(request, self._setup.merchant)
        answer = await self._gateway.ask(self._setup.verify_url, body)
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        return wire.verify_outcome(answer, request, is_credit=True)
