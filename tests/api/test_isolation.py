"""I-40: what is another merchant's is answered as what does not exist, word for word.

The matrix is made from the routes that are served: a new one is in it, or the test fails.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.api.conftest import till_in
from tests.api.isolated import (
    MAKERS,
    MERCHANTS,
    NOBODYS,
    REFERENCE,
    TAKES,
    Shop,
    calls,
    filled,
    furnished,
    noun_of,
)
from tests.api.till import COLLECTION, DOCUMENT, PAYOUT, TRANSFER, Answer
from tests.partner.bank import order

WITH_AN_ID: Final = [(method, path) for method, path in calls() if "{" in path]
LISTS: Final = [path for method, path in calls() if method == "GET" and "{" not in path]
EVERYBODYS: Final = {"/v1/operators", "/v1/operators/lookup", "/v1/balances"}
"""What is told to whoever asks, or has no ids in it."""

OWN_CALLS: Final = {"/v1/request_logs"}
"""What tells a merchant what it asked for itself: its own questions may name another's ids."""

FILTERS: Final = {
    "customer": "/v1/customers",
    "collection": "/v1/collections",
    "movement": "/v1/transfers",
    "subject": "/v1/transfers",
    "object": "/v1/transfers",
}
"""Which noun's id a list is narrowed by."""

NAMELESS: Final = {
    *("limit", "starting_after", "ending_before", "status", "operator", "type", "path", "since"),
    *("created_from", "created_to", "msisdn", "account", "reference", "endpoint", "dry_run"),
}
"""Filters that name no single object; those that could tell of another's are tried apart."""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Shop]]:
    """Two merchants with one of everything each."""
    with till_in(tmp_path_factory.mktemp("two")) as till:
        first, second = (furnished(till, merchant) for merchant in MERCHANTS)
        yield first, second


def test_every_noun_is_known_here() -> None:
    """Who serves a new noun says in `isolated.MAKERS` how one is made."""
    assert {noun_of(path) for _, path in WITH_AN_ID} <= set(MAKERS)


def test_every_filter_is_known_here() -> None:
    """Who lets a list be narrowed by a new name says in `FILTERS` whose id it is."""
    parameters = {
        parameter["name"]
        for path in LISTS
        for parameter in DOCUMENT["paths"][path]["get"]["parameters"]
        if parameter["in"] == "query"
    }
    assert parameters <= {*FILTERS, *NAMELESS}


@pytest.mark.parametrize(("method", "path"), WITH_AN_ID)
def test_anothers_is_told_as_nobodys(shops: tuple[Shop, Shop], method: str, path: str) -> None:
    """F-S09, S-API-05."""
    for asker, owner in (shops, shops[::-1]):
        known, body = owner.ids[noun_of(path)], TAKES.get((method, path))

        theirs = asker.ask(method, filled(path, known), body)
        nobodys = asker.ask(method, filled(path, _unknown_like(known)), body)

        assert (theirs.status, theirs.code) == (404, "not_found")
        assert _without_id(theirs) == _without_id(nobodys)


@pytest.mark.parametrize("path", [path for method, path in WITH_AN_ID if method == "GET"])
def test_ones_own_is_there_and_as_it_was(shops: tuple[Shop, Shop], path: str) -> None:
    """The matrix asks for what exists; and what strangers asked for has changed nothing."""
    for shop in shops:
        answer = shop.ask("GET", filled(path, shop.ids[noun_of(path)]))
        known = answer.status in (200, 202) or answer.content["detail"] == "no such PI-SPI code"
        assert known, answer.content


def test_a_stranger_has_changed_nothing(shops: tuple[Shop, Shop]) -> None:
    for shop in shops:
        link = shop.till.get(f"/v1/payment_links/{shop.ids['/v1/payment_links']}").content
        order = shop.till.get(f"/v1/orders/{shop.ids['/v1/orders']}").content
        customer = shop.till.get(f"/v1/customers/{shop.ids['/v1/customers']}").content
        hook = shop.till.get(f"/v1/webhook_endpoints/{shop.ids['/v1/webhook_endpoints']}").content
        assert (link["status"], order["status"]) == ("open", "unpaid")
        assert (customer["name"], hook["events"]) == ("Ama", ["*"])


@pytest.mark.parametrize("path", LISTS)
def test_a_list_holds_ones_own_only(shops: tuple[Shop, Shop], path: str) -> None:
    query = "?msisdn=90112233" if path == "/v1/operators/lookup" else ""
    for asker, owner in (shops, shops[::-1]):
        answer = asker.till.get(f"{path}{query}")
        assert answer.status == 200, answer.content
        assert owner.merchant not in answer.body.decode()
        if path not in OWN_CALLS:
            ids = [name for noun, name in owner.ids.items() if noun != "/v1/responses"]
            assert not [name for name in ids if name in answer.body.decode()]
        if path in asker.ids and path not in EVERYBODYS:
            assert asker.ids[path] in answer.body.decode()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (path, parameter["name"])
        for path in LISTS
        for parameter in DOCUMENT["paths"][path]["get"]["parameters"]
        if parameter["name"] in FILTERS and path not in OWN_CALLS
    ],
)
def test_a_filter_by_anothers_id_finds_what_nobodys_does(
    shops: tuple[Shop, Shop], path: str, name: str
) -> None:
    for asker, owner in (shops, shops[::-1]):
        known = owner.ids[FILTERS[name]]
        theirs = asker.till.get(f"{path}?{name}={known}")
        nobodys = asker.till.get(f"{path}?{name}={_unknown_like(known)}")
        assert (theirs.status, theirs.content) == (nobodys.status, nobodys.content)
        assert theirs.status != 200 or theirs.content["data"] == []


@pytest.mark.parametrize("path", sorted(set(LISTS) & set(MAKERS)))
@pytest.mark.parametrize("name", ["starting_after", "ending_before"])
def test_a_page_from_anothers_object_on_tells_nothing_of_it(
    shops: tuple[Shop, Shop], path: str, name: str
) -> None:
    for asker, owner in (shops, shops[::-1]):
        page = asker.till.get(f"{path}?{name}={owner.ids[path]}")
        assert page.status == 200
        assert not set(owner.ids.values()) & {one["id"] for one in page.content["data"]}


def test_a_stranger_sees_no_entry_of_anothers_accounts(shops: tuple[Shop, Shop]) -> None:
    for asker, owner in (shops, shops[::-1]):
        for account in ("float:tmoney", f"available:{owner.merchant}:XOF"):
            found = asker.till.get(f"/v1/ledger/entries?account={account}").content["data"]
            assert owner.merchant not in repr(found)
            assert found == [] or account == "float:tmoney"


def test_keys_and_references_of_two_merchants_are_unrelated(shops: tuple[Shop, Shop]) -> None:
    """I-29, F-S20: both used the same ones, and neither was told so."""
    first, second = shops
    for noun in set(first.ids) - {"/v1/responses"}:
        assert first.ids[noun] != second.ids[noun]
    for shop in shops:
        found = shop.till.get(f"/v1/transfers?reference={REFERENCE}").content["data"]
        assert [one["id"] for one in found] == [shop.ids["/v1/transfers"]]
        answered = shop.till.get("/v1/responses/isolated/v1/transfers").content
        assert answered["id"] == shop.ids["/v1/transfers"]


@pytest.mark.parametrize(
    ("path", "field", "noun", "body"),
    [
        ("/v1/transfers", "quote", "/v1/quotes", {}),
        ("/v1/refunds", "collection", "/v1/collections", {}),
        ("/v1/transfers", "customer", "/v1/customers", TRANSFER),
        ("/v1/collections", "customer", "/v1/customers", COLLECTION),
        ("/v1/payouts", "customer", "/v1/customers", PAYOUT),
        (
            *("/v1/orders", "customer", "/v1/customers"),
            {"amount": 500, "currency": "XOF", "reference": "CMD-78", "title": "Pagne"},
        ),
    ],
)
def test_a_body_that_names_anothers_is_refused_as_one_that_names_nobodys(
    shops: tuple[Shop, Shop], path: str, field: str, noun: str, body: dict[str, Any]
) -> None:
    for asker, owner in (shops, shops[::-1]):
        known = owner.ids[noun]
        theirs = asker.till.post(path, {**body, field: known})
        nobodys = asker.till.post(path, {**body, field: _unknown_like(known)})
        assert theirs.status in (404, 422)
        assert _without_id(theirs) == _without_id(nobodys)


@pytest.mark.parametrize("noun", ["transfers", "collections", "payouts", "refunds", "orders"])
def test_an_object_is_found_under_its_own_noun_only(shops: tuple[Shop, Shop], noun: str) -> None:
    for path, name in shops[0].ids.items():
        if path not in (f"/v1/{noun}", "/v1/responses"):
            assert shops[0].till.get(f"/v1/{noun}/{name}").refuses(404, "not_found")


def test_the_gateways_route_for_merchants_keeps_them_apart(shops: tuple[Shop, Shop]) -> None:
    """`/api/tmoney/`: served beside the API, by the same keys."""
    payers = ("22890112201", "22890113301")  # a wallet is asked for one payment at a time
    for (asker, owner), payer in zip((shops, shops[::-1]), payers, strict=True):
        run, ask, known = owner.till.run, owner.till.world.ask, f"B-{owner.merchant[-6:]}"
        body = order(known, numeroClient=payer)
        _, opened = run(ask("POST", "/api/tmoney/debit", body, secret=owner.till.secret))
        assert opened["code"] == "2000", opened
        own = run(ask("GET", f"/api/tmoney/check/{known}", secret=owner.till.secret))
        theirs = run(ask("GET", f"/api/tmoney/check/{known}", secret=asker.till.secret))
        nobodys = run(ask("GET", "/api/tmoney/check/nobodys", secret=asker.till.secret))
        assert own[1]["total"] == 1
        assert (theirs[0].status, theirs[1]) == (nobodys[0].status, nobodys[1])
        assert theirs[1]["total"] == 0


def _unknown_like(known: str) -> str:
    return f"{known.partition('_')[0]}_{NOBODYS}" if "_" in known else NOBODYS


def _without_id(answer: Answer) -> dict[str, Any]:
    said = dict(answer.content)
    assert said.pop("request_id")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    headers.pop("content-length")
    return {**said, "headers": headers}
