"""`cross webhooks` and `cross events` against a sandbox, whose receiver says what is genuine."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Running, Typed, sandbox

pytestmark = pytest.mark.usefixtures("running")

NOBODYS = "we_01JABCDEFGHJKMNPQRSTVWXYZ0"


def until(found: Callable[[], Any]) -> Any:
    """What is looked for, once it is there."""
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError("it never came")


def came(running: Running, event_id: str) -> Any:
    return until(lambda: running.control(f"/control/webhooks?id={event_id}")["data"])


def own(typed: Typed) -> Any:
    """The endpoint that the sandbox registered."""
    return typed.document("webhooks", "list")["data"][-1]


def test_the_sandbox_hears_of_everything_and_each_webhook_is_genuine(
    typed: Typed, running: Running
) -> None:
    endpoint = own(typed)
    assert endpoint["url"] == f"{running.said['sim_url']}/webhooks"
    assert (endpoint["events"], endpoint["status"]) == (["*"], "enabled")

    made = typed.document("pay", "97445566", "500")
    events = typed.document("events", "list", "--object", made["id"])["data"]
    assert [one["type"] for one in events] == ["collection.succeeded", "collection.created"]
    for event in events:
        (webhook,) = came(running, event["id"])
        assert webhook["verified"]
        assert webhook["event"] == event


def test_an_endpoint_is_added_changed_and_deleted(typed: Typed) -> None:
    url = "http://127.0.0.1:9/hooks"
    made = typed.document("webhooks", "add", url, "--events", "order.paid,order.expired")
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ["order.paid", "order.expired"]

    shown = typed("webhooks", "show", made["id"])
    assert url in shown.out
    assert made["secret"] not in shown.out

    off = typed.document("webhooks", "update", made["id"], "--disable", "--events", "*")
    assert (off["status"], off["events"]) == ("disabled", ["*"])
    assert "disabled" in typed("webhooks", "list").out
    assert typed("webhooks", "test", made["id"]).code == 1

    assert typed.document("webhooks", "delete", made["id"])["deleted"] is True
    assert "no such webhook endpoint" in typed("webhooks", "show", made["id"]).err


def test_after_a_rotation_both_secrets_verify(typed: Typed, running: Running) -> None:
    endpoint = own(typed)
    sent = typed.document("webhooks", "test", endpoint["id"])
    assert came(running, sent["id"])[0]["verified"]

    rotated = typed.document("webhooks", "rotate", endpoint["id"])
    sent = typed.document("webhooks", "test", endpoint["id"])
    (webhook,) = came(running, sent["id"])
    assert webhook["verified"]  # by the secret before
    assert webhook["headers"]["webhook-signature"].count("v1,") == 2

    running.control("/control/webhooks", {"secrets": [rotated["secret"]]}, "PUT")
    sent = typed.document("webhooks", "test", endpoint["id"])
    assert came(running, sent["id"])[0]["verified"]  # by the new one


def test_deliveries_tell_each_answer(typed: Typed, running: Running) -> None:
    endpoint = own(typed)
    sent = typed.document("webhooks", "test", endpoint["id"])
    came(running, sent["id"])

    def delivered() -> Any:
        found = typed.document("webhooks", "deliveries", endpoint["id"], "--status", "delivered")
        return [one for one in found["data"] if one["event"] == sent["id"]]

    (delivery,) = until(delivered)
    assert delivery["attempts"][0]["response"]["status"] == 200
    said = typed("webhooks", "deliveries", endpoint["id"], "--limit", "1")
    assert "webhook_endpoint.test" in said.out
    assert '200 {"received": true}' in said.out


def test_a_saved_request_is_verified_and_a_changed_one_is_not(
    typed: Typed, running: Running, tmp_path: Path
) -> None:
    endpoint = own(typed)
    secret = typed.document("webhooks", "rotate", endpoint["id"])["secret"]
    running.control("/control/webhooks", {"secrets": [secret]}, "PUT")
    sent = typed.document("webhooks", "test", endpoint["id"])
    (webhook,) = came(running, sent["id"])

    as_json = tmp_path / "saved.json"
    as_json.write_text(json.dumps(webhook), "utf-8")
    told = typed.document("webhooks", "verify", str(as_json), "--secret", secret)
    assert (told["id"], told["verified"], told["fresh"]) == (sent["id"], True, True)

    as_http = tmp_path / "saved.http"
    head = "".join(f"{name}: {value}\r\n" for name, value in webhook["headers"].items())
    as_http.write_bytes(f"POST / HTTP/1.1\r\n{head}\r\n{webhook['body']}\n".encode())
    assert typed("webhooks", "verify", str(as_http), "--secret", secret).code == 0

    as_json.write_text(json.dumps({**webhook, "body": webhook["body"] + " "}), "utf-8")
    said = typed("webhooks", "verify", str(as_json), CROSS_WEBHOOK_SECRET=secret)
    assert said.code == 4
    assert "wrong signature" in said.out


def test_what_is_no_saved_request_is_said(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "empty"
    file.write_text("nothing", "utf-8")
    said = typed("webhooks", "verify", str(file), "--secret", "whsec_AAAA")
    assert said.code == 2
    assert "no empty line" in said.err


def test_an_url_that_leads_to_ourselves_is_refused_in_french(
    typed: Typed, running: Running
) -> None:
    said = typed("webhooks", "add", f"{running.said['api_url']}/v1", "--lang", "fr")
    assert said.code == 1
    assert "webhook_url_refused [url]" in said.err


def test_events_are_listed_shown_and_sent_again(typed: Typed, running: Running) -> None:
    made = typed.document("payout", "91778899", "300")
    said = typed("events", "list", "--type", "payout.succeeded", "--since", "10m")
    assert made["id"] in said.out
    (event,) = typed.document("events", "list", "--type", "payout.succeeded", "--limit", "1")[
        "data"
    ]
    assert '"sequence": 2' in typed("events", "show", event["id"]).out

    came(running, event["id"])
    again = typed.document("events", "resend", event["id"])
    assert (again["count"], again["waiting"]) == (1, 0)
    assert [one["repeated"] for one in came(running, event["id"])] == [False, True]


def test_a_range_is_sent_again_to_the_end(typed: Typed) -> None:
    typed.document("pay", "97445566", "700")
    said = typed("events", "resend", "--since", "1d", "--lang", "fr")
    assert said.code == 0
    assert "envois refaits" in said.out
    told = typed.document("events", "resend", "--since", "1d", "--endpoint", own(typed)["id"])
    assert told["count"] >= 2
    assert told["waiting"] == 0


@pytest.mark.parametrize("words", [(), ("evt_1", "--since", "1h"), ("--since", "yesterday")])
def test_what_to_send_again_must_be_said(typed: Typed, words: tuple[str, ...]) -> None:
    assert typed("events", "resend", *words).code == 2


def test_a_kept_sandbox_has_one_endpoint_at_todays_address(tmp_path: Path) -> None:
    urls = []
    for _ in range(2):
        with sandbox(tmp_path, "--data-dir", str(tmp_path / "books")) as kept:
            typed = Typed(tmp_path)
            (endpoint,) = typed.document("webhooks", "list")["data"]
            urls.append(endpoint["url"])
            sent = typed.document("webhooks", "test", endpoint["id"])
            assert came(kept, sent["id"])[0]["verified"]
            assert endpoint["url"] == f"{kept.said['sim_url']}/webhooks"
    assert len(set(urls)) == 2
