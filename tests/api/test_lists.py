"""Lists: parts of them, narrowed, newest first; a parameter that means nothing is named."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import till_in
from tests.api.till import BODIES, PAYOUT, TRANSFER, Till


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A till whose merchant has made five payouts, one refused, and a transfer."""
    with till_in(tmp_path_factory.mktemp("full")) as till:
        for number in range(5):
            last = "14" if number == 2 else "33"
            till.a_moment_later().post(
                "/v1/payouts",
                {**PAYOUT, "msisdn": f"901122{last}", "reference": f"P-{number}"},
            )
        till.post("/v1/transfers", TRANSFER)
        till.at_rest()
        yield till


def references(till: Till, query: str) -> list[str]:
    return [item["reference"] for item in till.get(f"/v1/payouts?{query}").content["data"]]


def test_newest_first_in_parts(full: Till) -> None:
    first = full.get("/v1/payouts?limit=2").content
    assert [item["reference"] for item in first["data"]] == ["P-4", "P-3"]
    assert (first["has_more"], first["next_cursor"]) == (True, first["data"][1]["id"])

    second = full.get(f"/v1/payouts?limit=2&starting_after={first['next_cursor']}").content
    assert [item["reference"] for item in second["data"]] == ["P-2", "P-1"]

    last = full.get(f"/v1/payouts?limit=2&starting_after={second['next_cursor']}").content
    assert [item["reference"] for item in last["data"]] == ["P-0"]
    assert (last["has_more"], last["next_cursor"]) == (False, None)

    back = full.get(f"/v1/payouts?limit=2&ending_before={last['data'][0]['id']}").content
    assert [item["reference"] for item in back["data"]] == ["P-2", "P-1"]
    assert back["next_cursor"] == back["data"][0]["id"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=failed", ["P-2"]),
        ("status=queued", []),
        ("operator=tmoney&limit=1", ["P-4"]),
        ("operator=flooz", []),
        ("reference=P-3", ["P-3"]),
        ("reference=P-9", []),
        ("msisdn=90%2011%2022%2014", ["P-2"]),
        ("msisdn=%2B22890112214", ["P-2"]),
        ("msisdn=+22890112214", ["P-2"]),
        ("msisdn=0022890112214", ["P-2"]),
        ("customer=cus_01JABCDEFGHJKMNPQRSTVWXYZ0", []),
        ("created_from=2020-01-01T00:00:00Z&reference=P-1", ["P-1"]),
        ("created_from=2199-01-01T00:00:00Z", []),
        ("created_to=2020-01-01T00:00:00%2B01:00", []),
        ("created_to=2199-01-01T00:00:00.5Z&reference=P-1", ["P-1"]),
    ],
)
def test_a_list_is_narrowed(full: Till, query: str, expected: list[str]) -> None:
    assert references(full, query) == expected


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("colour=red", "unknown_parameter", "colour"),
        ("limit=2&limit=3", "duplicate_parameter", "limit"),
        ("limit=0", "invalid_parameter", "limit"),
        ("limit=101", "invalid_parameter", "limit"),
        ("limit=-1", "invalid_parameter", "limit"),
        ("limit=1.0", "invalid_parameter", "limit"),
        ("limit=%D9%A1", "invalid_parameter", "limit"),  # F-Y09: an Arabic-Indic one
        ("limit=", "invalid_parameter", "limit"),
        ("limit", "invalid_parameter", "limit"),
        ("limit=5%0A", "invalid_parameter", "limit"),
        ("starting_after=po_1", "invalid_parameter", "starting_after"),
        ("starting_after=trf_01JABCDEFGHJKMNPQRSTVWXYZ0", "invalid_parameter", "starting_after"),
        ("ending_before=%00", "invalid_parameter", "ending_before"),
        ("status=debiting", "invalid_parameter", "status"),
        ("operator=mpesa", "unknown_operator", "operator"),
        ("msisdn=12", "invalid_msisdn", "msisdn"),
        ("msisdn=%2B33612345678", "invalid_msisdn", "msisdn"),
        ("reference=%C3%A9", "invalid_parameter", "reference"),
        ("customer=me", "invalid_parameter", "customer"),
        ("created_from=yesterday", "invalid_parameter", "created_from"),
        ("created_from=2026-02-30T00:00:00Z", "invalid_parameter", "created_from"),
        ("created_from=2026-02-03T00:00:00", "invalid_parameter", "created_from"),
        ("created_to=0001-01-01T00:00:00%2B02:00", "invalid_parameter", "created_to"),
        ("created_to=2026-W05-1", "invalid_parameter", "created_to"),
        ("status=%FF", "invalid_parameter", None),
        ("&".join(f"p{number}=1" for number in range(100)), "invalid_parameter", None),
    ],
)
@pytest.mark.parametrize("path", BODIES)
def test_a_parameter_that_means_nothing_is_named(
    asking: Till, path: str, query: str, code: str, param: str | None
) -> None:
    if path.endswith("transfers"):
        query = query.replace("status=debiting", "status=sending").replace("trf_", "po_")
    assert asking.get(f"{path}?{query}").refuses(422, code, param)


def test_both_directions_at_once_mean_nothing(asking: Till) -> None:
    one = "po_01JABCDEFGHJKMNPQRSTVWXYZ0"
    answer = asking.get(f"/v1/payouts?starting_after={one}&ending_before={one}")
    assert answer.refuses(422, "invalid_parameter", "ending_before")


@pytest.mark.parametrize(
    "path",
    ["/v1/balances", "/v1/operators", "/v1/ledger/accounts", "/v1/responses/k", "/v1/quotes/q"],
)
def test_a_call_without_parameters_takes_none(asking: Till, path: str) -> None:
    assert asking.get(f"{path}?limit=5").refuses(422, "unknown_parameter", "limit")


def test_quotes_are_listed_too(till: Till) -> None:
    ids = [till.a_moment_later().post("/v1/quotes", TRANSFER).content["id"] for _ in range(3)]

    part = till.get("/v1/quotes?limit=2").content
    assert [quote["id"] for quote in part["data"]] == [ids[2], ids[1]]
    rest = till.get(f"/v1/quotes?starting_after={part['next_cursor']}").content
    assert [quote["id"] for quote in rest["data"]] == [ids[0]]


def test_what_is_under_way_is_shown_as_it_stands_in_memory(till: Till) -> None:
    opened = till.post("/v1/transfers", {**TRANSFER, "source": _undecided()}).content
    till.post(f"/v1/transfers/{opened['id']}/recheck")

    (listed,) = till.get("/v1/transfers").content["data"]

    assert listed == till.get(f"/v1/transfers/{opened['id']}").content
    assert listed["debit"]["status"] == "pending"


def _undecided() -> dict[str, str]:
    return {"operator": "tmoney", "msisdn": "90112200"}
