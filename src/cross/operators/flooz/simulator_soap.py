"""Moov's SOAP service `com.tlc.merchant.api` as the simulated Flooz serves it (section 3.8)."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from cross.operators.flooz.simulator_envelope import (
    Operation,
    UnreadableEnvelope,
    fault,
    read_operation,
    response,
)
from cross.operators.flooz.simulator_token import Access
from cross.simulation.clients import Client
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Effect, Query, Reply, Request
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, Payment, State
from cross.simulation.wallets import Wallet

# Source: operators.md section 3.8, status codes; which of them goes with a failure is ASSUMED
FAILURE_CODES: Final[Mapping[Failure, tuple[str, str]]] = {
    Failure.NO_FUNDS: ("10", "INSUFFICIENT FUNDS"),
    Failure.REFUSED: ("92", "USSD PUSH CANCELLED"),
    Failure.EXPIRED: ("92", "USSD PUSH TIMEOUT"),
    Failure.NOT_REGISTERED: ("555", "DESTINATION NOT REGISTERED"),
    Failure.LIMIT_REACHED: ("13", "DAILY AMOUNT REACHED"),
    Failure.PROMPT_OPEN: ("2", "A PUSH IS ALREADY PENDING"),
    Failure.WRONG_PIN: ("95", "FAILED"),
    Failure.BLOCKED: ("7", "DESTINATION LOCKED"),
    Failure.CREDIT_REFUSED: ("95", "FAILED"),
    Failure.FLOAT_TOO_LOW: ("8", "INSUFFICIENT BALANCE"),
}
_DONE: Final = ("0", "SUCCESS")
_PENDING: Final = ("100", "IN PENDING STATE")
_NOT_FOUND: Final = ("94", "TRANSACTION DOES NOT EXIST")
_INCOMPLETE: Final = ("91", "INCOMPLETE PARAMETERS")
_NO_ENTRY: Final = ("98", "INVALID CREDENTIALS")
_REPEATED: Final = ("2", "NOT ALLOWED ON TRANSACTION")

# Source: operators.md section 3.8; every other operation wraps its answer in `return`
_WRAPPERS: Final = {"Push": "result", "PushWithPending": "result"}
_CHILDREN: Final[tuple[str, ...]] = (
    "description",
    "message",
    "referenceid",
    "status",
    "transid",
)  # as in A.6

_Words: TypeAlias = tuple[str, str]


class SoapService:
    """The SOAP operations, on the same money and payments as the JSON service."""

    def __init__(
        self, office: Office, *, access: Access, next_reference: Callable[[], str]
    ) -> None:
        self._office = office
        self._access = access
        self._next_reference = next_reference
        self._readers: Mapping[str, Callable[[Operation, Client], Call]] = {
            "Push": self._read_push,
            "PushWithPending": self._read_push,
            "getTransactionStatus": self._read_status,
            "transferFlooz": self._read_credit,
            "cashintrans": self._read_credit,
            "airtimetrans": self._read_credit,
            "getBalance": self._read_balance,
            "getMobileAccountStatus": self._read_account,
        }

    def read(self, request: Request) -> Call:
        """Understand one envelope, whatever its content type says."""
        try:
            operation = read_operation(request.body)
        except UnreadableEnvelope as error:
            return fault("soap:Client", str(error))
        reader = self._readers.get(operation.name)
        if reader is None:
            return fault("soap:Client", f"no operation {operation.name[:40]}")
        client = self._access.client_of(operation.fields.get("token"))
        if client is None:
            return _short(operation, _NO_ENTRY)
        return reader(operation, client)

    def _read_push(self, operation: Operation, client: Client) -> Call:
        # ASSUMED: operators.md A.6 answers the client's own reference as transid; externaldata1
        # is the only field of the request that can carry it
        reference = operation.fields.get("externaldata1") or self._next_reference()
        order = _order(Kind.DEBIT, client, operation, ("msisdn", reference))
        if order is None:
            return _short(operation, _INCOMPLETE, client)
        return Effect(order, partial(self._push, operation))

    def _push(self, operation: Operation, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _short(operation, _REPEATED, order.client)
        objection = cashier.objection_to_debit(order)
        if objection is not None:
            return _short(operation, FAILURE_CODES[objection], order.client)
        payment = cashier.take_debit(order, operator_reference=self._next_reference())
        if operation.name == "Push":
            reply = _short(operation, _PENDING, order.client)
            reply.finish = partial(_pushed, operation)
        else:
            if self._office.world.settings.prompt_delay_seconds <= 0:
                cashier.play(payment)
            reply = _pushed(operation, payment)
        reply.payment = payment
        return reply

    def _read_status(self, operation: Operation, client: Client) -> Call:
        reference = operation.fields.get("transid", "")
        return Query(reference, partial(self._status, reference, client))

    def _status(self, reference: str, client: Client) -> Reply:
        cashier = self._office.cashier
        payment = cashier.find(reference, client=client)
        if payment is None:
            payment = cashier.find_by_operator_reference(reference)
        if payment is None or payment.order.client is not client:
            status, description = _NOT_FOUND
            referenceid = ""
        else:
            status, description = _words(payment)
            referenceid = payment.operator_reference
        return response(
            "getTransactionStatus",
            "response",
            {"description": description, "referenceid": referenceid, "status": status},
        )

    def _read_credit(self, operation: Operation, client: Client) -> Call:
        reference = operation.fields.get("referenceid", "")
        order = _order(Kind.CREDIT, client, operation, ("destination", reference))
        if order is None:
            return _short(operation, _INCOMPLETE, client)
        return Effect(order, partial(self._credit, operation))

    def _credit(self, operation: Operation, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _short(operation, _REPEATED, order.client)
        before = self._office.purse.float
        payment = cashier.make_credit(order, operator_reference=self._next_reference())
        status, message = _words(payment)
        content = {"message": message, "referenceid": order.reference, "status": status}
        if operation.name == "transferFlooz":
            content = {
                "transactionid": payment.operator_reference,
                "status": status,
                "message": message,
                "referenceid": order.reference,
                "senderkeycost": "0",
                "senderbonus": "0",
                "senderbalancebefore": str(before),
                "senderbalanceafter": str(self._office.purse.float),
            }
        else:
            content["transid"] = payment.operator_reference
        reply = response(operation.name, "return", content)
        reply.payment = payment
        return reply

    def _read_balance(self, operation: Operation, client: Client) -> Reply:
        msisdn = operation.fields.get("msisdn", "")
        if msisdn == client.credentials["partnermsisdn"]:
            return _balance(self._office.purse.float)
        wallet = self._office.purse.wallet(msisdn)
        if wallet is None:
            return _short(operation, FAILURE_CODES[Failure.NOT_REGISTERED])
        return _balance(wallet.balance)

    def _read_account(self, operation: Operation, _: Client) -> Reply:
        wallet = self._office.purse.wallet(operation.fields.get("msisdn", ""))
        if wallet is None:
            return _short(operation, FAILURE_CODES[Failure.NOT_REGISTERED])
        return response(operation.name, "return", _account(wallet))


def _order(
    kind: Kind, client: Client, operation: Operation, names: tuple[str, str]
) -> Order | None:
    number_field, reference = names
    msisdn = operation.fields.get(number_field, "")
    amount = operation.fields.get("amount", "")
    is_amount = amount.isascii() and amount.isdigit() and 0 < len(amount) <= 15  # noqa: PLR2004
    if not reference or not msisdn or not is_amount or int(amount) == 0:
        return None
    return Order(kind, client, reference, msisdn, int(amount), operation.fields, calls_back=False)


def _words(payment: Payment) -> _Words:
    if payment.failure is not None:
        return FAILURE_CODES[payment.failure]
    return _DONE if payment.state is State.PAID else _PENDING


def _pushed(operation: Operation, payment: Payment) -> Reply:
    client = payment.order.client
    status, text = _words(payment)
    if payment.state is State.PENDING:
        return _short(operation, _PENDING, client)  # Source: section 3.8: pending gives no ids
    ids = {"referenceid": payment.operator_reference, "transid": payment.order.reference}
    if operation.name == "Push" and client.settings["push_wrapper"] == "return":
        del ids["transid"]
    return _short(operation, (status, text), client, ids)


def _short(
    operation: Operation,
    words: _Words,
    client: Client | None = None,
    ids: Mapping[str, str] = MappingProxyType({}),
) -> Reply:
    status, text = words
    wrapper = _WRAPPERS.get(operation.name, "return")
    if operation.name == "Push" and client is not None:
        wrapper = str(client.settings["push_wrapper"])
    text_field = "message" if wrapper == "return" else "description"
    said: dict[str, str] = {text_field: text, "status": status, **ids}
    in_order = {name: said[name] for name in _CHILDREN if name in said}
    return response(operation.name, wrapper, in_order)


def _balance(balance: int) -> Reply:
    content = {"balance": str(balance), "message": "SUCCESS", "status": "0"}
    return response("getBalance", "return", content)


def _account(wallet: Wallet) -> Mapping[str, str]:
    firstname, _, lastname = wallet.name.partition(" ")
    return {
        "accounttype": "SUBSCRIBER",
        "allowedtransfer": "false" if wallet.blocked else "true",
        "city": "",
        "dateofbirth": "",
        "firstname": firstname,
        "lastname": lastname,
        "message": "SUCCESS",
        "msisdn": wallet.msisdn,
        "region": "",
        "secondname": "",
        "status": "0",
        "street": "",
        "subscriberstatus": "LOCKED" if wallet.blocked else "ACTIVE",
    }
