"""`cross handset`: a simulated phone in the terminal."""

import time

import pytest

from tests.cli.running import Running, Typed

PERSON = "22890110100"


def ask_for_money(typed: Typed) -> str:
    """The collection's id, once the phone was asked."""
    asked: str = typed.document("pay", "90110100", "1500", "--no-wait")["id"]
    ends_at = time.monotonic() + 20
    while not typed.document("handset", PERSON)["prompts"]:
        assert time.monotonic() < ends_at, "the phone is never asked"
    return asked


def test_a_prompt_is_seen_and_approved_from_the_terminal(running: Running, typed: Typed) -> None:
    assert running.said["bench_url"] == f"{running.said['sim_url']}/bench"
    ask_for_money(typed)
    assert "vous demande 1500 XOF" in typed("handset", PERSON).out
    assert "Paid." in typed("handset", PERSON, "approve").out
    state = typed.document("handset", PERSON)
    assert state["prompts"] == []
    assert any("paye 1 500" in one["text"] for one in state["sms"])


@pytest.mark.usefixtures("running")
def test_the_last_prompt_is_answered_without_a_number(typed: Typed) -> None:
    asked = ask_for_money(typed)
    wrong = typed.document("handset", "approve", "--last", "--pin", "0000")
    assert (wrong["state"], wrong["pin_tries_left"]) == ("pending", 2)
    assert typed.document("handset", "ignore")["state"] == "pending"
    assert typed.document("handset", "refuse")["failure"] == "refused"
    assert typed.document("recheck", asked)["status"] == "failed"
    nothing = typed("handset", "approve")
    assert (nothing.code, "no request" in nothing.err) == (1, True)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("words", [(), (PERSON, "answer"), ("not a number",)])
def test_what_is_no_phone_and_no_action_is_a_usage_error(
    typed: Typed, words: tuple[str, ...]
) -> None:
    assert typed("handset", *words).code == 2
