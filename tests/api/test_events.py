"""`/v1/events`: what happened, in the words of the webhooks, to its merchant alone."""

from typing import Any

import pytest

from cross.api.webhook_schemas import EVENT_TYPES
from tests.api.till import COLLECTION, DOCUMENT, PAYOUT, SHAPES, TRANSFER, Till

PATH = "/v1/events"
NOBODYS = "evt_01JABCDEFGHJKMNPQRSTVWXYZ0"


def collected(till: Till, reference: str) -> Any:
    made = till.post("/v1/collections", {**COLLECTION, "reference": reference}).content
    return till.finished(f"/v1/collections/{made['id']}")


def told(till: Till, query: str = "") -> list[Any]:
    answer = till.get(f"{PATH}{query}")
    assert answer.status == 200, answer.content
    data: list[Any] = answer.content["data"]
    return data


def test_a_movements_events_are_numbered_without_gaps(till: Till) -> None:
    collection = collected(till, "CMD-1")
    events = told(till, f"?object={collection['id']}")[::-1]
    assert [one["type"] for one in events] == ["collection.created", "collection.succeeded"]
    assert [one["sequence"] for one in events] == [1, 2]
    last = events[-1]["data"]["object"]
    assert (last["id"], last["status"]) == (collection["id"], "succeeded")
    assert last["object"] == "collection"
    assert events[-1]["livemode"] is False


def test_events_are_narrowed_by_type_object_and_time(till: Till) -> None:
    first, second = collected(till, "CMD-1"), collected(till.a_moment_later(), "CMD-2")
    succeeded = told(till, "?type=collection.succeeded")
    assert [one["data"]["object"]["id"] for one in succeeded] == [second["id"], first["id"]]
    since = succeeded[0]["created_at"]
    assert [one["id"] for one in told(till, f"?created_from={since}")] == [succeeded[0]["id"]]
    assert succeeded[0]["id"] not in {
        one["id"] for one in told(till, "?created_to=2020-01-01T00:00:00Z")
    }
    assert len(told(till, "?created_from=0001-01-01T00:00:00Z")) == 4
    assert told(till, "?created_from=9999-12-31T23:59:59Z") == []
    assert told(till, "?object=col_nobodys") == []


def test_events_come_newest_first_page_by_page(till: Till) -> None:
    collected(till, "CMD-1")
    everything = [one["id"] for one in told(till)]
    assert everything == sorted(everything, reverse=True)
    first = till.get(f"{PATH}?limit=1").content
    assert first["has_more"] is True
    rest = told(till, f"?starting_after={first['next_cursor']}")
    assert [first["data"][0]["id"], *(one["id"] for one in rest)] == everything


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("type=collection.succeded", "type"),
        ("created_from=yesterday", "created_from"),
        ("object=%00", "object"),
        ("starting_after=col_1", "starting_after"),
    ],
)
def test_a_wrong_parameter_is_named(asking: Till, query: str, param: str) -> None:
    assert asking.get(f"{PATH}?{query}").refuses(422, "invalid_parameter", param)


def test_an_event_is_the_same_alone_and_in_a_list(till: Till) -> None:
    collected(till, "CMD-1")
    newest = told(till, "?limit=1")[0]
    assert till.get(f"{PATH}/{newest['id']}").content == newest


def test_another_merchants_event_is_not_found_as_an_unknown_one_is(till: Till) -> None:
    """I-40."""
    collected(till, "CMD-1")
    event_id = told(till, "?limit=1")[0]["id"]
    other = till.another("mer_other")
    assert told(other) == []
    for act in ("", "/resend"):
        bodies = []
        for one in (event_id, NOBODYS):
            path = f"{PATH}/{one}{act}"
            answer = other.post(path) if act else other.get(path)
            assert answer.refuses(404, "not_found", answer.content["param"])
            bodies.append({**answer.content, "request_id": ""})
        assert bodies[0] == bodies[1]


def test_an_event_is_sent_again_to_those_that_hear_of_it(till: Till) -> None:
    hearing, deaf = (
        till.post(
            "/v1/webhook_endpoints", {"url": "https://shop.example/", "events": [kind]}
        ).content["id"]
        for kind in ("collection.succeeded", "order.paid")
    )
    collected(till, "CMD-1")
    (event,) = told(till, "?type=collection.succeeded")
    again = till.post(f"{PATH}/{event['id']}/resend").content
    assert (again["endpoints"], again["count"]) == ([hearing], 1)
    assert again["event"] == event["id"]

    chosen = till.post(f"{PATH}/{event['id']}/resend?endpoint={deaf}").content
    assert chosen["endpoints"] == [deaf]
    wrong = till.post(f"{PATH}/{event['id']}/resend?endpoint=deaf")
    assert wrong.refuses(422, "invalid_parameter", "endpoint")


def test_sending_again_needs_admin(till: Till) -> None:
    reader = till.another("mer_reader", scopes=["read"])
    assert reader.post(f"{PATH}/{NOBODYS}/resend").refuses(403, "missing_scope", "admin")
    assert reader.get(PATH).status == 200


def test_each_type_of_event_is_described_as_a_webhook() -> None:
    described = DOCUMENT["webhooks"]
    assert set(described) == set(EVENT_TYPES)
    for name, calls in described.items():
        schema = calls["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["allOf"][1]["properties"]["type"] == {"const": name}
        signed = {one["name"] for one in calls["post"]["parameters"]}
        assert signed == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_what_a_webhook_is_said_to_carry_is_what_it_carries(till: Till) -> None:
    collected(till, "CMD-1")
    for path, body in (("/v1/transfers", TRANSFER), ("/v1/payouts", PAYOUT)):
        till.finished(f"{path}/{till.post(path, body).content['id']}")
    nouns = set()
    for event in told(till, "?limit=100"):
        schema = DOCUMENT["webhooks"][event["type"]]["post"]["requestBody"]["content"]
        carried = schema["application/json"]["schema"]["allOf"][1]["properties"]["data"]
        shape = carried["properties"]["object"]["$ref"].rpartition("/")[2]
        SHAPES[shape].model_validate(event["data"]["object"])
        nouns.add(shape)
    assert nouns == {"Collection", "Transfer", "Payout"}
