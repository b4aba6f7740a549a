"""Money to a D-Money wallet. No document tells how, so the way is a driver (operators.md 5.10)."""

from typing import Final, Protocol

from cross.connector.asking import about_the_leg
from cross.domain.operator import LegRequest, LookUp, Outcome, RefusalCode, Refused, Unknown
from cross.operators.dmoney import wire
from cross.operators.dmoney.gateway import Gateway
from cross.operators.dmoney.reader import Reader
from cross.operators.dmoney.setup import Setup

_PATH: Final = "/payment/v1/merchant/transfer"  # ASSUMED: operators.md 5.10


class PayoutDriver(Protocol):
    """A way to pay a D-Money wallet; raises nothing for what D-Money does."""

    async def pay_out(self, request: LegRequest) -> Outcome:
        """Give money to a wallet."""

    async def look_up(self, request: LegRequest) -> LookUp:
        """What became of it."""


class NoPayouts:
    """D-Money as its document leaves it: it collects only."""

    async def pay_out(self, request: LegRequest) -> Outcome:
        """A refusal: nothing is sent."""
        del request
        return Refused(RefusalCode.OPERATOR_UNAVAILABLE, None, "no payout_dialect is configured")

    async def look_up(self, request: LegRequest) -> LookUp:
        """Unknown: a payout of earlier settings may be there."""
        del request
        return Unknown("no payout_dialect is configured")


class SimulatorDialect:
    """Simulator dialect, replace it when D-Money documents one (ASSUMED: operators.md 5.10)."""

    def __init__(self, setup: Setup, gateway: Gateway, reader: Reader) -> None:
        self._merchant = setup.merchant
        self._gateway = gateway
        self._reader = reader

    async def pay_out(self, request: LegRequest) -> Outcome:
        """A transfer in the gateway's style; what became of it is asked for."""
        content = wire.transfer_order(request, self._merchant)
        answer = await self._gateway.effect(_PATH, wire.TRANSFER, content)
        if isinstance(answer, Unknown):
            return answer
        return wire.transfer_outcome(self._reader.content(answer, reference=request.reference))

    async def look_up(self, request: LegRequest) -> LookUp:
        """What became of it, by queryOrder."""
        answer = await self._gateway.query(wire.order_query(request.reference, self._merchant))
        if isinstance(answer, Unknown):
            return about_the_leg(answer)
        said = self._reader.content(answer, reference=request.reference)
        return wire.order_outcome(said, is_payout=True)
