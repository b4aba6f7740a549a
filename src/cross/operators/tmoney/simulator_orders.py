"""How the simulated TMoney reads an order: liberal in spelling, strict in meaning."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from cross.operators.tmoney.simulator_bodies import rejection
from cross.simulation.clients import Client
from cross.simulation.exchange import Reply, Request, json_object, json_reply
from cross.simulation.journal import Kind
from cross.simulation.payments import Order

_ID_LENGTH_MAX: Final = 64  # ASSUMED: operators.md section 2.3
_NUMBER: Final = re.compile(r"228[0-9]{8}", re.ASCII)
_REQUIRED: Final = ("idrequete", "numeroclient", "montant", "refcommande", "dateheurerequete")
_ECHOED: Final[tuple[str, ...]] = ("refcommande", "dateheurerequete", "description")
_DIGITS_MAX: Final = 15


def read_order(kind: Kind, client: Client, body: bytes) -> Order | Reply:
    """The order in a JSON body, or the answer to one that cannot be taken."""
    content = json_object(body)
    if content is None:
        return not_taken("Corps JSON invalide", {})
    # Source: operators.md section 2.3: keys are taken in any case
    asked = {key.lower(): value for key, value in content.items()}
    for name in _REQUIRED:
        if asked.get(name) in (None, ""):
            return not_taken(f"Champ manquant : {name}", asked)
    reference, msisdn = asked["idrequete"], asked["numeroclient"]
    amount = read_amount(asked["montant"])
    if not isinstance(reference, str) or len(reference) > _ID_LENGTH_MAX:
        wrong = "idRequete"
    elif not isinstance(msisdn, str) or not _NUMBER.fullmatch(msisdn):
        wrong = "numeroClient"
    elif amount is None:
        wrong = "montant"
    elif not _is_time(asked["dateheurerequete"]):
        wrong = "dateHeureRequete"
    else:
        echoed = {name: asked[name] for name in _ECHOED if name in asked}
        return Order(kind, client, reference, msisdn, amount, echoed)
    return not_taken(f"{wrong} invalide", asked)


def read_amount(value: object) -> int | None:
    """A positive whole number: `300`, `300.0`, `"300"` and Java's `1.0E7`; else None."""
    if isinstance(value, int):
        return value if value > 0 and not isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() >= _DIGITS_MAX or number != int(number):
        return None
    return int(number) if number > 0 else None


def read_query(request: Request) -> tuple[str, str | None]:
    """The reference asked about, and the token: some clients send it in the body of a GET."""
    query = request.query.decode("latin-1")
    named = {key.lower(): value for key, value in parse_qsl(query)}
    reference = named.get("idrequete") or unquote_plus(query)
    authorization = request.header(b"authorization")
    if authorization is None and request.body:
        content = json_object(request.body) or {}
        inner = content.get("Authorization", content.get("authorization"))
        authorization = inner if isinstance(inner, str) else None
    return reference, authorization


def not_taken(description: str, asked: Mapping[str, object]) -> Reply:
    """The answer to what cannot be read: code 5000 (operators.md section 2.9)."""
    return json_reply(rejection(description, asked))


def _is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True
