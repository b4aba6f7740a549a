"""`/v1/request_logs`: a merchant's own calls, without what nobody may keep."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from cross.switch import kept_requests
from cross.switch.kept_requests import RequestLogs, Seen
from tests.api.till import TRANSFER, Till


def logs(till: Till, query: str = "") -> Any:
    return till.get(f"/v1/request_logs{query}").content["data"]


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """Lines of the log, as they are said."""
    structlog.reset_defaults()
    with capture_logs() as said:
        yield said


def test_a_merchant_sees_its_own_calls_newest_first(till: Till) -> None:
    made = till.post("/v1/transfers", TRANSFER).content
    till.get(f"/v1/transfers/{made['id']}")
    till.get("/v1/transfers/trf_01JABCDEFGHJKMNPQRSTVWXYZ0", x_request_id="mine-7")
    till.get("/v1/transfers?status=nonsense")

    wrong, unknown, read, opened = logs(till)
    assert [opened["method"], opened["path"], opened["status"]] == ["POST", "/v1/transfers", 202]
    assert (read["path"], read["subject"]) == ("/v1/transfers/{id}", made["id"])
    assert opened["subject"] == made["id"]
    assert (unknown["status"], unknown["code"]) == (404, "not_found")
    assert unknown["request_id"] == "mine-7"
    assert (wrong["code"], wrong["path"]) == ("invalid_parameter", "/v1/transfers")
    assert all(line["key"] and line["duration_us"] > 0 for line in (wrong, read, opened))
    assert int(wrong["id"]) > int(unknown["id"]) > int(read["id"])


def test_they_are_narrowed_and_followed(till: Till) -> None:
    made = till.post("/v1/transfers", TRANSFER).content
    till.get("/v1/balances")
    till.get("/v1/refunds/rf_01JABCDEFGHJKMNPQRSTVWXYZ0")

    assert [line["path"] for line in logs(till, "?status=4xx")] == ["/v1/refunds/{id}"]
    assert [line["status"] for line in logs(till, "?status=404")] == [404]
    assert [line["path"] for line in logs(till, "?path=/v1/bal")] == ["/v1/balances"]
    assert [line["method"] for line in logs(till, f"?subject={made['id']}")] == ["POST"]
    newest = logs(till)[0]["id"]
    assert logs(till, f"?since={newest}") == []
    page = till.get("/v1/request_logs?limit=1").content
    assert (len(page["data"]), page["has_more"]) == (1, True)


@pytest.mark.parametrize("query", ["status=4x", "path=v1", "subject=*", "since=-1", "limit=0"])
def test_what_cannot_be_read_is_named(asking: Till, query: str) -> None:
    answer = asking.get(f"/v1/request_logs?{query}")
    assert answer.refuses(422, "invalid_parameter", query.partition("=")[0])


def test_another_merchants_calls_are_not_there(till: Till) -> None:
    till.get("/v1/balances")
    other = till.another("mer_01JABCDEFGHJKMNPQRSTVWXYZ1")

    assert logs(other) == []
    assert len(logs(till)) == 1


def test_neither_bodies_nor_queries_nor_a_strangers_address_are_kept(
    till: Till, lines: list[Any]
) -> None:
    """S-LOG-01, S-LOG-02."""
    till.post("/v1/transfers", {**TRANSFER, "amount": "22890112233"})
    till.get("/v1/operators/lookup?msisdn=22890112233x")
    till.get("/v1/nothing/22890112233")

    text = json.dumps(logs(till)) + json.dumps(lines)
    assert "90112233" not in text
    assert [line["path"] for line in lines if line["event"] == "request"][-1] == "(nowhere)"


def test_who_is_refused_at_the_door_is_in_the_log(till: Till, lines: list[Any]) -> None:
    """S-LOG-03: authentication, authorisation and limits, with where it came from."""
    secret, till.secret = till.secret, "sk_test_nobody"
    till.get("/v1/balances")
    till.secret = secret
    weak = till.another("mer_01JABCDEFGHJKMNPQRSTVWXYZ2", scopes=("read",))
    weak.post("/v1/transfers", TRANSFER)

    stranger, weaker = (line for line in lines if line["event"] == "request")
    assert (stranger["status"], stranger["code"]) == (401, "unknown_key")
    assert stranger["log_level"] == "warning"
    assert stranger["peer"] == "192.0.2.7"
    assert (weaker["code"], weaker["merchant"]) == (
        "missing_scope",
        "mer_01JABCDEFGHJKMNPQRSTVWXYZ2",
    )


def test_a_busy_day_does_not_hide_an_error(till: Till) -> None:
    kept, now = RequestLogs(), till.switch.clock()
    kept.keep(Seen("GET", "/v1/x", 404, "not_found", 0.1, "r", "mer_1"), now)
    for _ in range(kept_requests.KEPT_MAX + 10):
        kept.keep(Seen("GET", "/v1/x", 200, None, 0.1, "r", "mer_1"), now)

    found = list(kept.newest())
    assert len(found) == kept_requests.KEPT_MAX + 1
    assert found[-1].seen.status == 404
    assert [line.number for line in found] == sorted((n.number for n in found), reverse=True)
