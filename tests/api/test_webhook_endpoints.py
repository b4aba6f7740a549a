"""`/v1/webhook_endpoints`: made, changed, rotated, deleted; told to their merchant only."""

import base64
import json
from typing import Any

import pytest

from cross.storage import audit
from tests.api.till import Answer, Till

PATH = "/v1/webhook_endpoints"
URL = "https://shop.example/webhooks"
FORM = {"url": URL, "events": ["collection.succeeded", "order.paid"]}
NOBODYS = "we_01JABCDEFGHJKMNPQRSTVWXYZ0"


def made(till: Till, **changed: object) -> Any:
    answer = till.post(PATH, {**FORM, **changed})
    assert answer.status == 201, answer.content
    return answer.content


def deleted(till: Till, endpoint_id: str) -> Answer:
    return till.run(till.call("DELETE", f"{PATH}/{endpoint_id}", headers=till.signed()))


def test_an_endpoint_is_made_and_its_secret_told_this_once(till: Till) -> None:
    endpoint = made(till, description="Boutique")
    assert endpoint["secret"].startswith("whsec_")
    assert len(base64.b64decode(endpoint["secret"].removeprefix("whsec_"))) >= 24  # S-OUT-01
    assert (endpoint["url"], endpoint["events"]) == (URL, FORM["events"])
    assert (endpoint["status"], endpoint["disabled_reason"]) == ("enabled", None)
    assert endpoint["description"] == "Boutique"

    again = till.get(f"{PATH}/{endpoint['id']}").content
    assert again == {**endpoint, "secret": None}
    assert till.get(PATH).content["data"] == [again]


def test_a_star_hears_of_everything(till: Till) -> None:
    assert made(till, events=["*", "order.paid"])["events"] == ["*"]


def test_endpoints_are_listed_newest_first_page_by_page(till: Till) -> None:
    ids = []
    for _ in range(3):
        ids.append(made(till)["id"])
        till.a_moment_later()
    first = till.get(f"{PATH}?limit=2").content
    assert [one["id"] for one in first["data"]] == [ids[2], ids[1]]
    rest = till.get(f"{PATH}?limit=2&starting_after={first['next_cursor']}").content
    assert [one["id"] for one in rest["data"]] == [ids[0]]
    assert rest["has_more"] is False


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_named_changes_and_the_rest_stays(till: Till, method: str) -> None:
    endpoint = made(till, description="before")
    body = json.dumps({"events": ["payout.failed"], "status": "disabled"}).encode()
    headers = {"content-type": "application/json", **till.signed()}
    answer = till.run(till.call(method, f"{PATH}/{endpoint['id']}", body=body, headers=headers))
    assert answer.status == 200
    changed = answer.content
    assert (changed["events"], changed["url"]) == (["payout.failed"], URL)
    assert (changed["status"], changed["disabled_reason"]) == ("disabled", "by_merchant")
    assert (changed["description"], changed["secret"]) == ("before", None)

    enabled = till.post(f"{PATH}/{endpoint['id']}", {"status": "enabled"}).content
    assert (enabled["status"], enabled["disabled_reason"]) == ("enabled", None)


def test_a_rotated_secret_is_new_and_the_one_before_has_a_date(till: Till) -> None:
    endpoint = made(till)
    rotated = till.post(f"{PATH}/{endpoint['id']}/rotate_secret").content
    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["previous_secret_until"] > rotated["updated_at"]
    assert till.get(f"{PATH}/{endpoint['id']}").content["secret"] is None


def test_a_deleted_endpoint_is_gone_for_everybody(till: Till) -> None:
    endpoint = made(till)
    answer = deleted(till, endpoint["id"])
    assert answer.content == {
        "id": endpoint["id"],
        "object": "webhook_endpoint",
        "livemode": False,
        "deleted": True,
    }
    assert till.get(f"{PATH}/{endpoint['id']}").refuses(404, "not_found")
    assert deleted(till, endpoint["id"]).refuses(404, "not_found")
    assert till.get(PATH).content["data"] == []


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"url": "http://shop.example/"}, "webhook_url_refused", "url"),
        ({"url": "https://127.0.0.1/"}, "webhook_url_refused", "url"),
        ({"url": "https://user@shop.example/"}, "webhook_url_refused", "url"),
        ({"url": "https://169.254.169.254/latest"}, "webhook_url_refused", "url"),
        ({"url": "https://shop.example:8443/"}, "webhook_url_refused", "url"),
        ({"url": 5}, "invalid_type", "url"),
        ({"events": ["collection.succeded"]}, "unknown_event_type", "events"),
        ({"events": []}, "invalid_length", "events"),
        ({"events": "*"}, "invalid_type", "events"),
        ({"description": "x" * 201}, "invalid_length", "description"),
        ({"secret": "whsec_chosen"}, "unknown_field", "secret"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    till: Till, changed: dict[str, object], code: str, param: str
) -> None:
    answer = till.post(PATH, {**FORM, **changed})
    assert answer.refuses(422, code, param), answer.content
    assert till.get(PATH).content["data"] == []


def test_a_refused_url_says_why_and_nothing_of_our_network(till: Till) -> None:
    """S-OUT-03: the reason helps an honest merchant and tells an attacker no address."""
    answer = till.post(PATH, {**FORM, "url": "https://10.0.0.8/"})
    assert "public" in answer.content["detail"]
    assert "10.0.0.8" not in answer.content["detail"]


def test_a_change_is_checked_as_a_creation_is(till: Till) -> None:
    endpoint = made(till)
    path = f"{PATH}/{endpoint['id']}"
    assert till.post(path, {"url": "https://[::1]/"}).refuses(422, "webhook_url_refused", "url")
    assert till.post(path, {"events": ["no.such"]}).refuses(422, "unknown_event_type", "events")
    assert till.get(path).content["url"] == URL


def test_a_merchant_has_so_many_endpoints_and_no_more(till: Till) -> None:
    for _ in range(16):
        made(till)
    assert till.post(PATH, FORM).refuses(422, "too_many_endpoints")


@pytest.mark.parametrize("act", ["", "/rotate_secret", "/test", "/deliveries", "/resend"])
def test_another_merchants_endpoint_is_not_found_as_an_unknown_one_is(till: Till, act: str) -> None:
    """I-40: the same body, but for the request's id."""
    endpoint = made(till)
    other = till.another("mer_other")
    bodies = []
    for one in (endpoint["id"], NOBODYS):
        path = f"{PATH}/{one}{act}"
        if act == "/deliveries":
            answer = other.get(path)
        elif act == "/resend":
            answer = other.post(path, {"created_from": "2026-11-22T00:00:00Z"})
        else:
            answer = other.post(path, {})
        assert answer.refuses(404, "not_found", answer.content["param"])
        bodies.append({**answer.content, "request_id": ""})
    assert bodies[0] == bodies[1]
    assert till.get(f"{PATH}/{endpoint['id']}").content["status"] == "enabled"


def test_reading_needs_read_and_changing_needs_admin(till: Till) -> None:
    endpoint = made(till)
    reader = till.another("mer_demo", scopes=["read"])
    reader.secret = till.another("mer_reader", scopes=["read"]).secret
    assert reader.get(PATH).status == 200
    assert reader.post(PATH, FORM).refuses(403, "missing_scope", "admin")
    path = f"{PATH}/{endpoint['id']}"
    for act in ("", "/rotate_secret", "/test"):
        assert reader.post(f"{path}{act}", {}).refuses(403, "missing_scope", "admin")
    assert deleted(reader, endpoint["id"]).refuses(403, "missing_scope", "admin")
    payer = till.another("mer_payer", scopes=["collect"])
    assert payer.get(PATH).refuses(403, "missing_scope", "read")


def test_a_test_event_is_sent_whatever_the_endpoint_hears_of(till: Till) -> None:
    endpoint = made(till)
    event = till.post(f"{PATH}/{endpoint['id']}/test").content
    assert (event["type"], event["sequence"]) == ("webhook_endpoint.test", 1)
    assert event["data"]["object"]["id"] == endpoint["id"]
    assert "secret" not in event["data"]["object"]

    (delivery,) = till.get(f"{PATH}/{endpoint['id']}/deliveries").content["data"]
    assert (delivery["event"], delivery["event_type"]) == (event["id"], "webhook_endpoint.test")
    assert json.loads(delivery["request"]["body"]) == event
    assert delivery["request"]["url"] == URL


def test_a_disabled_endpoint_is_sent_nothing(till: Till) -> None:
    endpoint = made(till)
    path = f"{PATH}/{endpoint['id']}"
    till.post(path, {"status": "disabled"})
    assert till.post(f"{path}/test").refuses(409, "endpoint_disabled")
    range_ = {"created_from": "2026-11-22T00:00:00Z"}
    assert till.post(f"{path}/resend", range_).refuses(409, "endpoint_disabled")


def test_deliveries_are_narrowed_by_status(till: Till) -> None:
    endpoint = made(till)
    path = f"{PATH}/{endpoint['id']}"
    till.post(f"{path}/test")
    assert till.get(f"{path}/deliveries?status=canceled").content["data"] == []
    assert till.get(f"{path}/deliveries?status=lost").refuses(422, "invalid_parameter", "status")


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({}, "missing_field", "created_from"),
        ({"created_from": "yesterday"}, "invalid_value", "created_from"),
        ({"created_from": "2026-02-30T00:00:00Z"}, "invalid_value", "created_from"),
        (
            {"created_from": "2026-11-22T00:00:00Z", "created_to": "2026-11-21T00:00:00Z"},
            "invalid_value",
            "created_to",
        ),
    ],
)
def test_a_range_that_is_none_is_refused(
    till: Till, form: dict[str, str], code: str, param: str
) -> None:
    endpoint = made(till)
    answer = till.post(f"{PATH}/{endpoint['id']}/resend", form)
    assert answer.refuses(422, code, param), answer.content


def test_a_range_is_sent_again(till: Till) -> None:
    endpoint = made(till, events=["*"])
    path = f"{PATH}/{endpoint['id']}"
    began = endpoint["created_at"]
    till.post(f"{path}/test")
    answer = till.post(f"{path}/resend", {"created_from": began})
    assert answer.status == 200
    assert answer.content["endpoints"] == [endpoint["id"]]
    assert answer.content["count"] == 1


def test_every_change_of_an_endpoint_is_in_the_audit_with_the_key_that_made_it(till: Till) -> None:
    """S-OUT-07; a change that changes nothing is none, and no secret is in any line."""
    endpoint = made(till, url=f"{URL}?token=abc")
    path = f"{PATH}/{endpoint['id']}"
    till.post(path, {"description": "moved"})
    till.post(path, {"description": "moved"})
    rotated = till.run(till.call("POST", f"{path}/rotate_secret", headers=till.signed())).content
    deleted(till, endpoint["id"])

    lines = till.run(audit.newest(till.switch.store, limit=100, subject=endpoint["id"]))
    assert [line.action for line in reversed(lines)] == [
        "webhook_endpoints.create",
        "webhook_endpoints.update",
        "webhook_endpoints.rotate_secret",
        "webhook_endpoints.delete",
    ]
    assert {line.who[:4] for line in lines} == {"key_"}
    told = str(lines)
    assert endpoint["secret"] not in told
    assert rotated["secret"] not in told
    assert "token=abc" not in told


def test_verifying_an_endpoint_in_test_mode_asks_nothing(till: Till) -> None:
    endpoint = made(till)
    path = f"{PATH}/{endpoint['id']}/verify"
    answer = till.run(till.call("POST", path, headers=till.signed()))
    assert (answer.status, answer.content["status"]) == (200, "enabled")
    assert (answer.content["pending_url"], answer.content["secret_from"]) == (None, None)
