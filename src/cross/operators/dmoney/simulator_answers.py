"""How the simulated D-Money answers: signed successes, refusals in every client's field names."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cross.operators.dmoney.signing import signed
from cross.operators.dmoney.simulator_facts import FACTS
from cross.simulation.exchange import Reply, json_reply
from cross.simulation.payments import Failure, Payment
from cross.simulation.world import World

NO_CREDENTIALS: Final = "1001"
NOT_VALID: Final = "1002"
BAD_SIGNATURE: Final = "1003"
NOT_FOUND: Final = "1004"
DUPLICATE: Final = "1005"
WRONG_STATE: Final = "1006"
REFUND_TOO_HIGH: Final = "1007"

# Source: operators.md section 5.4; 1003 and 1005 to 1007 are ASSUMED there
_MESSAGES: Final[Mapping[str, str]] = {
    NO_CREDENTIALS: "Invalid credentials",
    NOT_VALID: "Invalid parameter",
    BAD_SIGNATURE: "Invalid signature",
    NOT_FOUND: "Order not found",
    DUPLICATE: "Duplicate merch_order_id",
    WRONG_STATE: "Order state does not allow this",
    REFUND_TOO_HIGH: "Refund exceeds the amount paid",
}
# Source: operators.md sections 5.2 and 5.4; 400 for a bad signature is ASSUMED
_STATUSES: Final[Mapping[str, int]] = {NO_CREDENTIALS: 401, NOT_VALID: 400, BAD_SIGNATURE: 400}
_HUAWEI_CODES: Final[Mapping[str, str]] = {NOT_VALID: "49401024995"}  # operators.md section 5.4

# ASSUMED: no document says why a payment failed; words of ours, in fields of ours
FAILURES: Final[Mapping[Failure, tuple[str, str]]] = {
    Failure.NO_FUNDS: ("INSUFFICIENT_BALANCE", "Insufficient balance"),
    Failure.REFUSED: ("PAYER_CANCELLED", "Cancelled by the payer"),
    Failure.EXPIRED: ("ORDER_EXPIRED", "Order expired"),
    Failure.NOT_REGISTERED: ("WALLET_NOT_FOUND", "Wallet not registered"),
    Failure.LIMIT_REACHED: ("LIMIT_REACHED", "Limit reached"),
    Failure.PROMPT_OPEN: ("PAYMENT_IN_PROGRESS", "Another payment is in progress"),
    Failure.WRONG_PIN: ("WRONG_PIN", "Wrong PIN three times"),
    Failure.BLOCKED: ("WALLET_BLOCKED", "Wallet blocked"),
    Failure.CREDIT_REFUSED: ("CREDIT_REFUSED", "Credit refused"),
    Failure.FLOAT_TOO_LOW: ("MERCHANT_BALANCE_TOO_LOW", "Merchant balance too low"),
}

_DJIBOUTI: Final = timedelta(hours=3)  # ASSUMED: operators.md section 5.2: local time, UTC+3
_NONCE_BITS: Final = 128


class Answers:
    """Words answers that only the gateway's key can have signed."""

    def __init__(self, world: World) -> None:
        self._world = world

    def success(
        self,
        content: Mapping[str, str],
        *,
        payment: Payment | None = None,
        signs: bool = True,
    ) -> Reply:
        """A yes about an order; without a signature where a client must live with that."""
        fields: dict[str, object] = {
            "result": "SUCCESS",
            "code": "0",
            "msg": "success",
            "message": "Success",
            "nonce_str": f"{self._world.random_bits(_NONCE_BITS):032x}",
            "timestamp": seconds_text(self._world.timers.now()),
            "biz_content": content,
        }
        if signs:
            fields = signed(fields, self._world.keys.gateway(FACTS.name))
        return json_reply(fields, payment=payment)


def refusal(code: str, details: str, *, status: int | None = None) -> Reply:
    """A no, in the document's words and its family's; nothing was done."""
    message = _MESSAGES[code]
    answer: dict[str, object] = {
        "result": "FAIL",
        "code": code,
        "msg": message,
        "message": message,
        "error_details": details,
        "errorCode": _HUAWEI_CODES.get(code, code),
        "errorMsg": f"{message}: {details}",
        "errorSolution": "Correct the request and send it again.",
    }
    if code == NO_CREDENTIALS:
        answer["error"] = "Authentication failed"
    reply = json_reply(answer)
    reply.status = status or _STATUSES.get(code, 200)
    return reply


def seconds_text(at: datetime) -> str:
    """Unix seconds."""
    return str(int(at.timestamp()))


def local_text(at: datetime) -> str:
    """A moment as answers to queries give it."""
    return f"{at + _DJIBOUTI:%Y-%m-%d %H:%M:%S}"


def local_digits(at: datetime) -> str:
    """A moment as tokens give it."""
    return f"{at + _DJIBOUTI:%Y%m%d%H%M%S}"
