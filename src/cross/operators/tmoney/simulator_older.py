"""What the simulated TMoney still answers in other dialects: version 1 credits, bill-pay checks."""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

from cross.operators.tmoney.simulator_bodies import transaction, wire_time
from cross.operators.tmoney.simulator_orders import read_amount
from cross.simulation.clients import Client
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Effect, Query, Reply, Request, json_object, json_reply
from cross.simulation.journal import Kind
from cross.simulation.payments import Order, State

_CURRENCIES = ("952", "XOF")


class OlderInterfaces:
    """Version 1 of the credit call and the bill-pay check (operators.md sections 2.1 and 2.3)."""

    def __init__(self, office: Office, *, next_reference: Callable[[], str]) -> None:
        self._office = office
        self._next_reference = next_reference

    def read_version_1_credit(self, request: Request) -> Call:
        """Understand `GET /mbanking/v1/credit`."""
        fields = dict(parse_qsl(request.query.decode("latin-1")))
        client = self._client_of(fields)
        reference = fields.get("referenceid", "")
        amount = read_amount(fields.get("amount"))
        if client is None:
            return _version_1_reply(fields, result="403")
        if not reference or amount is None or fields.get("currency") not in _CURRENCIES:
            return _version_1_reply(fields, result="5000")
        asked = {
            "refcommande": reference,
            "dateheurerequete": wire_time(self._office.world.timers.now()),
            "description": fields.get("description", ""),
        }
        order = Order(
            Kind.CREDIT,
            client,
            reference,
            fields.get("client", ""),
            amount,
            asked,
            calls_back=False,
        )
        return Effect(order, partial(self._credit, fields))

    def read_bill_pay_check(self, request: Request) -> Call:
        """Understand `POST /bill-pay/v1.0/check-transaction`."""
        fields = json_object(request.body) or {}
        client = self._office.clients.with_credentials(
            nomUtilisateur=str(fields.get("username", "")),
            motDePasse=str(fields.get("password", "")),
        )
        if client is None:
            return json_reply({"code": "403", "message": "Not signed in", "total": 0, "data": []})
        reference = str(fields.get("idTrans", ""))
        return Query(reference, partial(self._check, reference, client))

    def _credit(self, fields: dict[str, str], order: Order) -> Reply:
        cashier = self._office.cashier
        if cashier.find(order.reference, client=order.client) is not None:
            return _version_1_reply(fields, result="4001")
        payment = cashier.make_credit(order, operator_reference=self._next_reference())
        # Source: operators.md section 2.3: "0" is success, anything else an error (ASSUMED there)
        result = "0" if payment.state is State.PAID else "500"
        reply = _version_1_reply(fields, result=result, transaction_id=payment.operator_reference)
        reply.payment = payment
        return reply

    def _check(self, reference: str, client: Client) -> Reply:
        payment = self._office.cashier.find(reference, client=client)
        data = [] if payment is None else [transaction(payment)]
        return json_reply({"total": len(data), "data": data})

    def _client_of(self, fields: dict[str, str]) -> Client | None:
        password = fields.get("password", "")
        for name in ("merchantid", "agentid"):
            if name in fields:
                credentials = {name: fields[name], "password": password}
                return self._office.clients.with_credentials(**credentials)
        return None


def _version_1_reply(fields: dict[str, str], *, result: str, transaction_id: str = "") -> Reply:
    identity = "agentid" if "agentid" in fields else "merchantid"
    echoed = (identity, "client", "amount", "currency", "referenceid")
    return json_reply(
        {
            **{name: fields.get(name, "") for name in echoed},
            "result": result,
            "transactionid": transaction_id,
        }
    )
