"""The simulated Flooz: its JSON service in three layouts, tokens, callbacks, and Moov's SOAP."""

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from cross.domain.money import XOF
from cross.operators.flooz.simulator_bodies import (
    FAILURES,
    acceptance,
    callback_body,
    outcome,
    rejection,
    verification,
)
from cross.operators.flooz.simulator_soap import SoapService
from cross.operators.flooz.simulator_token import Access
from cross.simulation.callbacks import CallbackBody
from cross.simulation.clients import Client
from cross.simulation.dialect import Office
from cross.simulation.exchange import (
    Call,
    Effect,
    Query,
    Reply,
    Request,
    Route,
    json_object,
    json_reply,
)
from cross.simulation.facts import Facts
from cross.simulation.journal import Kind
from cross.simulation.payments import Failure, Order, Payment

FACTS: Final = Facts(
    name="flooz",
    currency=XOF.code,
    # Source: operators.md section 6.1; 94 and 95 are contradicted and taken as Moov's
    prefixes=tuple(f"228{p}" for p in ("78", "79", "94", "95", "96", "97", "98", "99")),
    number_digits=11,
    # Source: sandbox.md section 1
    credentials=MappingProxyType(
        {
            "username": "cross",
            "password": "cross-secret",
            "aes_key": "0123456789abcdef0123456789abcdef",
            "key": "CROSSKEY",
            "partnermsisdn": "22800000042",
            "static_token": "",
        }
    ),
    # Source: operators.md sections 3.3 to 3.8 and 8
    client_settings=MappingProxyType(
        {
            "strict_counter": False,
            "hold_until_pin": False,
            "pending_status": False,
            "callback_encoding": "json",
            "push_wrapper": "result",
        }
    ),
    choices=MappingProxyType(
        {
            "callback_encoding": ("json", "form", "form_own_refid"),
            "push_wrapper": ("result", "return"),
        }
    ),
    paths_fold_case=True,
)

MERCHANT_NAME: Final = "CROSS"
_DEBIT_PATHS: Final = (
    "/payment/httpservice/json/cv/debit",  # L1
    "/flooz/debitservice/debit",  # L2
    "/floozdebitapi/flooz/debitservice",  # L3
    "/flooz/debitservice",  # L3 below a base that ends in floozdebitapi
)
_VERIFY_PATHS: Final = (
    "/payment/httpservice/json/cv/verify",
    "/flooz/debitservice/verify",
    "/floozdebitapi/flooz/verify",
    "/flooz/verify",
)
_CREDIT_PATH: Final = "/payment/httpservice/json/cv/credit"  # ASSUMED: operators.md section 3.7
_SOAP_PATH: Final = "/com.tlc.merchant.api/ussdpush"
_TRANSFER_FIELDS: Final = ("msisdn", "key", "mrchrefid", "mrchname", "amount", "partnermsisdn")
_VERIFY_FIELDS: Final = ("mrchrefid", "partnermsisdn")
_REFERENCE_LENGTH_MAX: Final = 64  # ASSUMED: operators.md section 3.4
_NUMBER: Final = re.compile(r"228[0-9]{8}", re.ASCII)
_AMOUNT: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class Flooz:
    """Flooz's words, between HTTP and the cashier."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._access = Access(office.clients, random_bits=office.world.random_bits)
        self._soap = SoapService(office, access=self._access, next_reference=self._next_reference)
        self._serial = 0

    def routes(self) -> Mapping[str, Route]:
        """Every path of operators.md sections 3.1, 3.7 and 3.8, in lower case."""
        debit = Route(("POST",), partial(self._read_order, Kind.DEBIT))
        verify = Route(("POST",), self._read_verify)
        return {
            **dict.fromkeys(_DEBIT_PATHS, debit),
            **dict.fromkeys(_VERIFY_PATHS, verify),
            _CREDIT_PATH: Route(("POST",), partial(self._read_order, Kind.CREDIT)),
            "/token": Route(("GET",), self._access.give),
            _SOAP_PATH: Route(("POST",), self._soap.read),
        }

    def expire_tokens(self) -> Reply:
        """Make every token invalid that can be; gives the answer to an expired one."""
        self._access.expire()
        return _rejected("99")

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a decided payment."""
        return callback_body(payment)

    def _read_order(self, kind: Kind, request: Request) -> Call:
        client = self._access.client_of(request.header(b"authorization"))
        if client is None:
            return _rejected("99")
        asked = _read_fields(request.body, _TRANSFER_FIELDS)
        if isinstance(asked, Reply):
            return asked
        order = _read_order(kind, client, asked)
        if isinstance(order, Reply):
            return order
        return Effect(order, self._debit if kind is Kind.DEBIT else self._credit)

    def _debit(self, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _rejected("4")
        objection = cashier.objection_to_debit(order)
        if objection is not None:
            return self._objected(order, objection)
        payment = cashier.take_debit(order, operator_reference=self._next_reference())
        reply = json_reply(acceptance(payment), payment=payment)
        if order.client.settings["hold_until_pin"]:
            reply.finish = lambda decided: json_reply(outcome(decided), payment=decided)
        return reply

    def _objected(self, order: Order, objection: Failure) -> Reply:
        # Source: operators.md section 3.10: 8 for the customer, 9 for the same merchant's
        _, description = FAILURES[objection]
        if objection is not Failure.PROMPT_OPEN:
            return _rejected("5", description=description)
        open_prompts = self._office.cashier.prompts_of(order.msisdn)
        is_same_merchant = any(p.order.client is order.client for p in open_prompts)
        return _rejected("9" if is_same_merchant else "8", description=description)

    def _credit(self, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _rejected("4")
        payment = cashier.make_credit(order, operator_reference=self._next_reference())
        return json_reply(outcome(payment), payment=payment)

    def _read_verify(self, request: Request) -> Call:
        client = self._access.client_of(request.header(b"authorization"))
        if client is None:
            return _rejected("99")
        asked = _read_fields(request.body, _VERIFY_FIELDS)
        if isinstance(asked, Reply):
            return asked
        if asked["partnermsisdn"] != client.credentials["partnermsisdn"]:
            return _rejected("5")
        reference = str(asked["mrchrefid"])
        return Query(reference, partial(self._verify, reference, client))

    def _verify(self, reference: str, client: Client) -> Reply:
        payment = self._office.cashier.find(reference, client=client)
        if payment is None:
            # ASSUMED: operators.md section 3.5: outer status 10, no details
            return json_reply({"status": "10", "code": "10", "message": "TRANSACTION NOT FOUND"})
        return json_reply(verification(payment))

    def _next_reference(self) -> str:
        self._serial += 1
        now = self._office.world.timers.now()
        return f"F7{now.year}{now.month:02d}{now.day:02d}{self._serial:06d}"


def create_dialect(office: Office) -> Flooz:
    """Flooz, in which nobody has spoken yet."""
    return Flooz(office)


def acknowledges(answer: bytes) -> bool:
    """Whether the client answered with code 0; any 2xx counts as delivered all the same."""
    content = json_object(answer)
    return content is not None and content.get("code") in (0, "0")


def sandbox_settings(base_url: str) -> Mapping[str, str]:
    """The connector's settings to reach this simulator as its first client."""
    return {
        "base_url": base_url,
        "layout": "L1",
        "token_variant": "V1",
        "username": FACTS.credentials["username"],
        "password": FACTS.credentials["password"],
        "aes_key": FACTS.credentials["aes_key"],
        "merchant_key": FACTS.credentials["key"],
        "merchant_name": MERCHANT_NAME,
        "partner_msisdn": FACTS.credentials["partnermsisdn"],
    }


def _read_fields(body: bytes, required: tuple[str, ...]) -> Mapping[str, object] | Reply:
    content = json_object(body)
    if content is None:
        return _rejected("3")
    if any(content.get(name) in (None, "") for name in required):
        return _rejected("1")
    return content


def _read_order(kind: Kind, client: Client, asked: Mapping[str, object]) -> Order | Reply:
    if asked["key"] != client.credentials["key"]:
        return _rejected("99")
    if asked["partnermsisdn"] != client.credentials["partnermsisdn"]:
        return _rejected("5")
    reference, msisdn, amount = asked["mrchrefid"], asked["msisdn"], _amount(asked["amount"])
    if not isinstance(reference, str) or len(reference) > _REFERENCE_LENGTH_MAX:
        return _rejected("3")
    if not isinstance(msisdn, str) or not _NUMBER.fullmatch(msisdn) or amount is None:
        return _rejected("3")
    return Order(kind, client, reference, msisdn, amount, {"mrchname": asked["mrchname"]})


def _amount(value: object) -> int | None:
    # Source: operators.md section 3.4: a number or a numeric string
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value > 0 else None
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return int(value) or None
    return None


def _rejected(status: str, *, description: str = "") -> Reply:
    return json_reply(rejection(status, description=description))
