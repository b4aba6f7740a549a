"""The simulated TMoney (MBANKING): every path and body that operators.md section 2 knows."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from cross.domain.money import XOF
from cross.operators.tmoney.simulator_access import (
    NOT_SIGNED_IN,
    Access,
    invalid_credentials,
)
from cross.operators.tmoney.simulator_bodies import acknowledgement, echo, transaction
from cross.operators.tmoney.simulator_older import OlderInterfaces
from cross.operators.tmoney.simulator_orders import read_order, read_query
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
from cross.simulation.payments import Order, Payment

FACTS: Final = Facts(
    name="tmoney",
    currency=XOF.code,
    # Source: operators.md section 6.1; 72 and 73 are in brackets there
    prefixes=tuple(f"228{p}" for p in ("70", "71", "72", "73", "90", "91", "92", "93")),
    number_digits=11,
    # Source: sandbox.md section 1
    credentials=MappingProxyType(
        {
            "nomUtilisateur": "cross",
            "motDePasse": "cross-secret",
            "merchantid": "1000000000000001",
            "agentid": "",
            "password": "cross-secret",
            "idPartenaire": "42",
            "nomPartenaire": "CROSS",
            "static_bearer": "",
        }
    ),
    # Source: operators.md sections 2.6, 7, 8 and 9
    client_settings=MappingProxyType(
        {
            "status_requires_auth": False,
            "flat_status": True,
            "pending_word": "EN ATTENTE",
            "success_word": "SUCCES",
        }
    ),
    choices=MappingProxyType(
        {"pending_word": ("EN ATTENTE", "EN_ATTENTE"), "success_word": ("SUCCES", "SUCCESS")}
    ),
)

_FIRST_REFERENCE: Final = 100_000_000  # operators.md section 2.8: at most nine digits


class TMoney:
    """TMoney's words, between HTTP and the cashier."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._access = Access(
            office.clients, timers=office.world.timers, random_bits=office.world.random_bits
        )
        self._older = OlderInterfaces(office, next_reference=self._next_reference)
        self._reference = _FIRST_REFERENCE

    def routes(self) -> Mapping[str, Route]:
        """Every path of operators.md section 2.1, of both hosts and both environments."""
        login = Route(("POST",), self._access.log_in)
        debit = Route(("POST",), partial(self._read_order, Kind.DEBIT))
        credit = Route(("POST",), partial(self._read_order, Kind.CREDIT))
        debit_status = Route(("GET",), partial(self._read_query, Kind.DEBIT))
        credit_status = Route(("GET",), partial(self._read_query, Kind.CREDIT))
        return {
            "/login": login,
            "/api/login": login,
            "/api/tpcredit": credit,
            "/m-banking/v1/api/tpcredit": credit,
            "/tmoney-middleware/debit": debit,
            "/push-api/v1/debit": debit,
            "/tpdebit/debit": debit,
            "/api/tpdebit": debit,
            "/tmoney-middleware/transactionid": debit_status,
            "/push-api/v1/transactionid": debit_status,
            "/m-banking/v1/api/tpcredit/check-transaction-id": credit_status,
            "/api/tpcredit/check-transaction-id": credit_status,
            "/api/tpchecktransaction": Route(("GET",), partial(self._read_query, None)),
            "/bill-pay/v1.0/check-transaction": Route(("POST",), self._older.read_bill_pay_check),
            "/mbanking/v1/credit": Route(("GET",), self._older.read_version_1_credit),
        }

    def expire_tokens(self) -> Reply:
        """Make every token invalid; gives the answer to an expired one."""
        self._access.expire()
        return invalid_credentials()

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a decided payment (operators.md section 2.4)."""
        return CallbackBody(json_reply(transaction(payment)).body)

    def _read_order(self, kind: Kind, request: Request) -> Call:
        client = self._access.client_of(request.header(b"authorization"))
        if isinstance(client, Reply):
            return client
        order = read_order(kind, client, request.body)
        if isinstance(order, Reply):
            return order
        return Effect(order, self._debit if kind is Kind.DEBIT else self._credit)

    def _debit(self, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _already_submitted(order)
        payment = cashier.take_debit(
            order,
            operator_reference=self._next_reference(),
            objection=cashier.objection_to_debit(order),
        )
        return json_reply(acknowledgement(order), payment=payment)

    def _credit(self, order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _already_submitted(order)
        payment = cashier.make_credit(order, operator_reference=self._next_reference())
        # Source: operators.md section 2.5: code 2000 with SUCCES here, 2002 in status answers
        content = transaction(payment, success_code="2000")
        content["soldePartenaire"] = self._office.purse.float
        return json_reply(content, payment=payment)

    def _read_query(self, kind: Kind | None, request: Request) -> Call:
        reference, authorization = read_query(request)
        # Source: operators.md section 2.6: no token at all is let through, unless a setting forbids
        client = None if authorization is None else self._access.client_of(authorization)
        if isinstance(client, Reply):
            return client
        return Query(reference, partial(self._status, reference, client, kind))

    def _status(self, reference: str, client: Client | None, kind: Kind | None) -> Reply:
        payment = self._office.cashier.find(reference, client=client, kind=kind)
        if payment is None:
            return json_reply({"total": 0, "data": []})
        settings = payment.order.client.settings
        if client is None and settings["status_requires_auth"]:
            return NOT_SIGNED_IN
        found = transaction(payment)
        answer: dict[str, object] = {"total": 1, "data": [found]}
        # Source: operators.md section 2.6: at least one client reads a flat body
        return json_reply(answer | found if settings["flat_status"] else answer)

    def _next_reference(self) -> str:
        self._reference += 1
        return str(self._reference)


def create_dialect(office: Office) -> TMoney:
    """TMoney, in which nobody has spoken yet."""
    return TMoney(office)


def acknowledges(answer: bytes) -> bool:
    """Whether the client answered with code 2001; any 2xx counts as delivered all the same."""
    content = json_object(answer)
    return content is not None and content.get("code") == "2001"


def sandbox_settings(base_url: str) -> Mapping[str, str]:
    """The connector's settings to reach this simulator as its first client."""
    return {
        "login_url": base_url,
        "credit_url": base_url,
        "debit_url": base_url,
        "nomUtilisateur": FACTS.credentials["nomUtilisateur"],
        "motDePasse": FACTS.credentials["motDePasse"],
        "login_path": "/login",
        "credit_path": "/api/tpcredit",
        "credit_status_path": "/api/tpcredit/check-transaction-id",
        "debit_path": "/tmoney-middleware/debit",
        "debit_status_path": "/tmoney-middleware/transactionid",
    }


def _already_submitted(order: Order) -> Reply:
    # Source: operators.md section 2.7
    return json_reply(
        {
            "code": "4001",
            "message": "Request already submitted",
            "description": "Requete deja soumise",
            **echo(order),
        }
    )
