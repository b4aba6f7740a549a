"""Two merchants with one of everything, made the same way, under the same keys and references.

`MAKERS` says how an object of each noun is made: a route whose noun is not there has no proof that
it keeps merchants apart, and `test_isolation.py` fails until it has one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from cross.api.app import create_api
from cross.api.routing import AnsweringRoute
from cross.domain.money import XOF, xof
from cross.switch import settlements
from cross.switch.funding import fund_merchant
from tests.api.till import COLLECTION, PAYOUT, TRANSFER, Answer, Till

MERCHANTS: Final = ("mer_01JFRSTFRSTFRSTFRSTFRSTFRS", "mer_01JTHERTHERTHERTHERTHERTHE")
NOBODYS: Final = "01JABCDEFGHJKMNPQRSTVWXYZ0"
REFERENCE: Final = "CMD-77"
WALLET: Final = {"operator": "flooz", "msisdn": "96 11 22 33"}


@dataclass(frozen=True)
class Shop:
    """One merchant's till, and the ids of what it has made, by the path of the noun."""

    merchant: str
    till: Till
    ids: dict[str, str] = field(default_factory=dict)

    def make(self, path: str, body: Mapping[str, Any], **headers: str) -> str:
        """The id of what a POST makes."""
        answer = self.till.post(path, dict(body), key=f"isolated{path}", **headers)
        assert answer.status in (200, 201, 202), answer.content
        return str(answer.content["id"])

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One call, whatever its method."""
        if method == "GET":
            return self.till.get(path)
        if method == "POST":
            return self.till.post(path, body)
        headers = {"content-type": "application/json"} if body is not None else {}
        return self.till.run(
            self.till.call(method, path, body=_bytes(body), headers=self.till.signed(**headers))
        )


Maker: TypeAlias = Callable[[Shop], str]


def _bytes(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def _posted(path: str, body: Mapping[str, Any]) -> Maker:
    return lambda shop: shop.make(path, body)


def _refund(shop: Shop) -> str:
    shop.till.finished(f"/v1/collections/{shop.ids['/v1/collections']}")
    return shop.make("/v1/refunds", {"collection": shop.ids["/v1/collections"]})


def _settlement(shop: Shop) -> str:
    prepared = settlements.prepare(shop.till.switch, shop.merchant, XOF)
    return shop.till.run(prepared).id


def _key(shop: Shop) -> str:
    """An Idempotency-Key that no other merchant has used."""
    key = f"only-{shop.merchant}"
    assert shop.till.post("/v1/transfers", TRANSFER, key=key).status == 202
    return key


def _newest(path: str) -> Maker:
    return lambda shop: str(shop.till.get(path).content["data"][0]["id"])


_NAMED: Final = {"reference": REFERENCE}
_CUSTOMER: Final = {"name": "Ama", "reference": REFERENCE, "wallets": [WALLET]}
_ORDER: Final = {"amount": 5_000, "currency": "XOF", "title": "Pagne", **_NAMED}
_ENDPOINT: Final = {"url": "https://shop.example/webhooks", "events": ["*"]}
_LINE: Final = {**PAYOUT, "amount": 500, "reference": "PAIE-1"}

MAKERS: Final[Mapping[str, Maker]] = {
    "/v1/customers": _posted("/v1/customers", _CUSTOMER),
    "/v1/webhook_endpoints": _posted("/v1/webhook_endpoints", _ENDPOINT),
    "/v1/quotes": _posted("/v1/quotes", TRANSFER),
    "/v1/transfers": _posted("/v1/transfers", {**TRANSFER, **_NAMED}),
    "/v1/collections": _posted("/v1/collections", {**COLLECTION, **_NAMED}),
    "/v1/payouts": _posted("/v1/payouts", {**PAYOUT, **_NAMED}),
    "/v1/payouts/batches": _posted("/v1/payouts/batches", {"lines": [_LINE]}),
    "/v1/refunds": _refund,
    "/v1/orders": _posted("/v1/orders", _ORDER),
    "/v1/payment_links": _posted(
        "/v1/payment_links", {"amount": 5_000, "currency": "XOF", "title": "Pagne"}
    ),
    "/v1/settlements": _settlement,
    "/v1/responses": _key,
    "/v1/events": _newest("/v1/events"),
}
"""In the order in which they are made; an id may be wanted for the next one."""

TAKES: Final[Mapping[tuple[str, str], object]] = {
    ("POST", "/v1/customers/{id}"): {"name": "Abra"},
    ("POST", "/v1/webhook_endpoints/{id}"): {"events": ["order.paid"]},
    ("PATCH", "/v1/webhook_endpoints/{id}"): {"events": ["order.paid"]},
    ("POST", "/v1/webhook_endpoints/{id}/resend"): {"created_from": "2026-01-01T00:00:00Z"},
}
"""What a call takes that would else be refused for its body before it looks for the object."""


def calls() -> list[tuple[str, str]]:
    """Every call that the program serves under /v1, by method and path."""
    return [
        (method, route.path_format)
        for route in create_api().routes
        if isinstance(route, AnsweringRoute) and route.path_format.startswith("/v1")
        for method in sorted(route.methods or ())
    ]


def noun_of(path: str) -> str:
    """The path of the noun that the first id in a path is of."""
    return path.partition("/{")[0]


def filled(path: str, name: str) -> str:
    """A path with that id; what else it names is the first of its kind."""
    noun, _, rest = path.partition("/{")
    tail = rest.partition("}")[2]
    while "{" in tail:
        lead, _, rest = tail.partition("{")
        tail = f"{lead}1{rest.partition('}')[2]}"
    return f"{noun}/{name}{tail}"


def furnished(till: Till, merchant: str) -> Shop:
    """A merchant with one of everything."""
    shop = Shop(merchant, till.another(merchant))
    fund = fund_merchant(till.switch, merchant, "tmoney", xof(1_000_000), name=f"start {merchant}")
    till.run(fund)
    served = {path for _, path in calls()}
    for noun, make in MAKERS.items():
        if any(path.startswith(noun) for path in served):
            shop.ids[noun] = make(shop)
    till.at_rest()
    return shop
