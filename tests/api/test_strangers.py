"""I-40: what is another merchant's is answered as what does not exist, word for word."""

from typing import Any

import pytest

from tests.api.till import BODIES, DOCUMENT, TRANSFER, Answer, Till

STRANGER = "mer_01JSTRANGERSTRANGERSTRANGE"
NOBODYS = "01JABCDEFGHJKMNPQRSTVWXYZ0"
ORDER = {"amount": 5_000, "currency": "XOF", "reference": "CMD-77", "title": "Pagne"}
LINK = {"amount": 5_000, "currency": "XOF", "title": "Pagne"}


@pytest.fixture(scope="module")
def mine(asking: Till) -> dict[str, str]:
    """Ids of one of each, by the path of its noun."""
    ids = {
        path: asking.post(path, body, key=f"k{path}").content["id"] for path, body in BODIES.items()
    }
    ids["/v1/quotes"] = asking.post("/v1/quotes", TRANSFER).content["id"]
    ids["/v1/responses"] = "k/v1/transfers"
    asking.at_rest()
    refund = {"collection": ids["/v1/collections"]}
    ids["/v1/refunds"] = asking.post("/v1/refunds", refund).content["id"]
    asking.at_rest()
    ids["/v1/orders"] = asking.post("/v1/orders", ORDER).content["id"]
    ids["/v1/payment_links"] = asking.post("/v1/payment_links", LINK).content["id"]
    return ids


@pytest.fixture(scope="module")
def stranger(asking: Till) -> Till:
    return asking.another(STRANGER)


def routes() -> list[tuple[str, str]]:
    """Every call that names an object, from the document."""
    return [
        (method, path)
        for path, calls in DOCUMENT["paths"].items()
        for method in calls
        if "{" in path and path.startswith("/v1")
    ]


def test_there_are_such_routes() -> None:
    assert len(routes()) == 21


@pytest.mark.parametrize(("method", "path"), routes())
def test_a_stranger_gets_what_nobody_would(
    mine: dict[str, str], stranger: Till, method: str, path: str
) -> None:
    noun, _, rest = path.partition("/{")
    _, _, tail = rest.partition("}")
    known = mine[noun]
    unknown = f"{known.partition('_')[0]}_{NOBODYS}"

    theirs = ask(stranger, method, f"{noun}/{known}{tail}")
    nobodys = ask(stranger, method, f"{noun}/{unknown}{tail}")

    assert theirs.refuses(404, "not_found", "quote" if "quotes" in path else None)
    assert without_id(theirs) == without_id(nobodys)


@pytest.mark.parametrize(("method", "path"), routes())
def test_what_is_the_merchants_own_is_there(
    mine: dict[str, str], asking: Till, method: str, path: str
) -> None:
    noun, _, rest = path.partition("/{")
    answer = ask(asking, method, f"{noun}/{mine[noun]}{rest.partition('}')[2]}")
    assert answer.status in (200, 202, 409) or answer.content["detail"] == "no such PI-SPI code"


@pytest.mark.parametrize("noun", ["transfers", "collections", "payouts", "refunds", "orders"])
def test_an_object_is_found_under_its_own_noun_only(
    mine: dict[str, str], asking: Till, noun: str
) -> None:
    for path, name in mine.items():
        if path not in (f"/v1/{noun}", "/v1/responses"):
            assert asking.get(f"/v1/{noun}/{name}").refuses(404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        *("transfers", "collections", "payouts", "refunds", "quotes"),
        *("orders", "payment_links", "ledger/accounts", "ledger/entries"),
    ],
)
def test_a_strangers_lists_are_empty(mine: dict[str, str], stranger: Till, path: str) -> None:
    del mine
    answer = stranger.get(f"/v1/{path}").content
    assert answer == {"object": "list", "data": [], "has_more": False, "next_cursor": None}


def test_a_stranger_sees_no_entry_of_another(mine: dict[str, str], stranger: Till) -> None:
    assert (
        stranger.get(f"/v1/ledger/entries?movement={mine['/v1/transfers']}").content["data"] == []
    )
    assert stranger.get("/v1/ledger/entries?account=float:tmoney").content["data"] == []


def test_a_stranger_cannot_use_anothers_quote(mine: dict[str, str], stranger: Till) -> None:
    theirs = stranger.post("/v1/transfers", {"quote": mine["/v1/quotes"]})
    nobodys = stranger.post("/v1/transfers", {"quote": f"qt_{NOBODYS}"})
    assert theirs.refuses(404, "not_found", "quote")
    assert without_id(theirs) == without_id(nobodys)


def test_a_stranger_cannot_refund_anothers_collection(mine: dict[str, str], stranger: Till) -> None:
    theirs = stranger.post("/v1/refunds", {"collection": mine["/v1/collections"]})
    nobodys = stranger.post("/v1/refunds", {"collection": f"col_{NOBODYS}"})
    assert theirs.refuses(404, "not_found")
    assert without_id(theirs) == without_id(nobodys)


def ask(till: Till, method: str, path: str) -> Answer:
    return till.get(path) if method == "get" else till.post(path)


def without_id(answer: Answer) -> dict[str, Any]:
    said = dict(answer.content)
    assert said.pop("request_id")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    headers.pop("content-length")
    return {**said, "headers": headers}
