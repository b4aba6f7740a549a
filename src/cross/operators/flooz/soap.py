"""Credits by the Moov group's SOAP service `com.tlc.merchant.api` (operators.md 3.8)."""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from http.client import OK
from typing import Final

from cross.connector.asking import about_the_leg, ask
from cross.connector.reading import message_in, reference_in
from cross.domain.money import XOF, Money
from cross.domain.operator import (
    LegRequest,
    LookUp,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.flooz.setup import Setup
from cross.operators.flooz.token import v1
from cross.outbound import HttpRequest, HttpResponse, Outbound

_HEADERS: Final = (("Content-Type", "application/soap+xml; charset=utf-8"),)  # operators.md 3.8
_ENVELOPE: Final = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:api="http://api.merchant.tlc.com/"><soapenv:Header/><soapenv:Body>'
    "<api:{operation}><token>{token}</token><request>{request}</request></api:{operation}>"
    "</soapenv:Body></soapenv:Envelope>"
)
_TRANSFER: Final = "transferFlooz"
_STATUS: Final = "getTransactionStatus"
_BALANCE: Final = "getBalance"
_FIGURE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)  # ASSUMED: whole francs, as amounts are
_WRAPPERS: Final = ("result", "response", "return")

# Source: operators.md 3.8, from public clients. A status that is in no table is Unknown; so are
# 98 (invalid credentials), 99 and -1 (internal error).
_YES: Final = "0"
_WAITING: Final = "100"
_REFUSALS: Final[Mapping[str, RefusalCode]] = {
    "3": RefusalCode.WALLET_NOT_FOUND,  # invalid number
    "6": RefusalCode.OPERATOR_REFUSED,  # destination not allowed
    "7": RefusalCode.WALLET_BLOCKED,  # destination locked
    "8": RefusalCode.FLOAT_TOO_LOW,  # insufficient balance: the sender of a credit is us
    "9": RefusalCode.WALLET_BLOCKED,  # destination inactive
    "10": RefusalCode.FLOAT_TOO_LOW,  # insufficient funds
    "11": RefusalCode.LIMIT_REACHED,  # above maximum
    "12": RefusalCode.LIMIT_REACHED,  # below minimum
    "13": RefusalCode.LIMIT_REACHED,  # daily amount
    "14": RefusalCode.LIMIT_REACHED,  # monthly amount
    "15": RefusalCode.LIMIT_REACHED,  # daily count
    "16": RefusalCode.LIMIT_REACHED,  # monthly count
    "17": RefusalCode.LIMIT_REACHED,  # destination below its minimum
    "18": RefusalCode.LIMIT_REACHED,  # destination above its maximum balance
    "19": RefusalCode.LIMIT_REACHED,  # sender, daily
    "20": RefusalCode.LIMIT_REACHED,  # sender, monthly
    "95": RefusalCode.OPERATOR_REFUSED,  # failed
    "555": RefusalCode.WALLET_NOT_FOUND,  # destination not registered
}
# These speak of the call itself: of a transfer they are a refusal, of a status query nothing.
_TRANSFER_REFUSALS: Final[Mapping[str, RefusalCode]] = {
    **_REFUSALS,
    "1": RefusalCode.OPERATOR_REFUSED,  # not allowed on method
    "2": RefusalCode.OPERATOR_REFUSED,  # not allowed on transaction
    "4": RefusalCode.OPERATOR_REFUSED,  # no permission
    "91": RefusalCode.OPERATOR_REFUSED,  # incomplete parameters
}


class SoapCredit:
    """`transferFlooz`, and `getTransactionStatus` to ask what became of it."""

    def __init__(self, setup: Setup, outbound: Outbound, *, url: str) -> None:
        self._outbound = outbound
        self._url = url
        self._deadline = setup.profile.answer_timeout_seconds
        self._wallet = setup.merchant.partner_msisdn
        # operators.md 3.8: a token of variant 1 with counter 0, in the body
        self._token = v1(setup.aes_key, counter=0, username=setup.username, password=setup.password)

    async def pay_out(self, request: LegRequest) -> Outcome:
        """A synchronous transfer from our wallet."""
        said = {
            "destination": request.named_wallet.digits,
            "amount": str(request.money.amount),
            "referenceid": request.reference,
            "walletid": "0",
            "extendeddata": request.movement,
        }
        answer = await self._call(_TRANSFER, said)
        return answer if isinstance(answer, Unknown) else transfer_outcome(answer)

    async def look_up(self, request: LegRequest) -> LookUp:
        """What became of it, by our reference (ASSUMED: `transid` is the partner's reference)."""
        answer = await self._call(_STATUS, {"transid": request.reference})
        return about_the_leg(answer) if isinstance(answer, Unknown) else status_outcome(answer)

    async def tell_balance(self) -> Money | None:
        """What our own wallet holds by the operator's figure (ASSUMED: `msisdn` names it)."""
        answer = await self._call(_BALANCE, {"msisdn": self._wallet})
        return None if isinstance(answer, Unknown) else balance_told(answer)

    async def _call(self, operation: str, said: Mapping[str, str]) -> HttpResponse | Unknown:
        body = envelope(operation, token=self._token, said=said)
        return await ask(
            self._outbound, HttpRequest("POST", self._url, _HEADERS, body, self._deadline)
        )


def envelope(operation: str, *, token: str, said: Mapping[str, str]) -> bytes:
    """A request; the children are unqualified (operators.md 3.8)."""
    request = "".join(f"<{name}>{html.escape(value)}</{name}>" for name, value in said.items())
    return _ENVELOPE.format(operation=operation, token=html.escape(token), request=request).encode()


def transfer_outcome(answer: HttpResponse) -> Outcome:
    """What the answer to a transfer says."""
    return _outcome(read_result(answer, _TRANSFER), _TRANSFER_REFUSALS)


def status_outcome(answer: HttpResponse) -> LookUp:
    """What became of a transfer.

    94, *does not exist*, is Unknown and not `Missing`: that transfers are found by our reference
    is assumed, and a transfer taken for lost would be paid twice.
    """
    return _outcome(read_result(answer, _STATUS), _REFUSALS)


def balance_told(answer: HttpResponse) -> Money | None:
    """The figure in an answer; None where it does not plainly say one."""
    result = read_result(answer, _BALANCE)
    if isinstance(result, Unknown) or result.get("status") != _YES:
        return None
    figure = result.get("balance", "")
    return Money(int(figure), XOF) if _FIGURE.fullmatch(figure) else None


def read_result(answer: HttpResponse, operation: str) -> Mapping[str, str] | Unknown:
    """The children of the wrapper in an envelope, by local names and whatever the prefixes."""
    if answer.status != OK:
        return Unknown(f"HTTP status {answer.status}")
    root = _parsed(answer.body)
    if root is None or _local(root) != "Envelope":
        return Unknown("the answer is no SOAP envelope")
    bodies = [child for child in root if _local(child) == "Body"]
    calls = [call for body in bodies for call in body]
    wrappers = [wrapper for call in calls for wrapper in call]
    if [_local(call) for call in calls] not in ([f"{operation}Response"], [operation]):
        return Unknown("the envelope has another answer in it")
    if len(wrappers) != 1 or _local(wrappers[0]) not in _WRAPPERS:
        return Unknown("the envelope has no single result in it")
    result = {_local(child): (child.text or "").strip() for child in wrappers[0]}
    if len(result) != len(wrappers[0]):
        return Unknown("the result has a field twice")
    return result


def _outcome(result: Mapping[str, str] | Unknown, refusals: Mapping[str, RefusalCode]) -> Outcome:
    if isinstance(result, Unknown):
        return result
    status = result.get("status")
    known = reference_in(result.get("referenceid")) or reference_in(result.get("transactionid"))
    if status == _YES:
        return Succeeded(known)
    if status == _WAITING:
        return Pending(known)
    if status is not None and status in refusals:
        told = message_in(result.get("message"), result.get("description"))
        return Refused(refusals[status], status, told)
    return Unknown(f"status {message_in(status)}")


def _parsed(body: bytes) -> ET.Element | None:
    """The document, with its declaration taken off: it says utf-16 where UTF-8 is sent (3.8)."""
    try:
        text = body.decode("utf-8-sig").lstrip()
        if text.startswith("<?xml"):
            text = text.partition("?>")[2]
        return None if "<!" in text else ET.fromstring(text)  # noqa: S314 - no `<!`, no entity
    except (ValueError, ET.ParseError):
        return None


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
