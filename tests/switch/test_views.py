"""What merchants see, field by field as api.md section 2 has it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from cross.domain.leg import LegKind
from cross.domain.money import xof
from cross.domain.movement import Movement, MovementKind, Terms
from cross.domain.msisdn import Msisdn
from cross.domain.operator import CollectMode, LookUp, RefusalCode, Refused, Succeeded, Unknown
from cross.domain.quote import Quote, WalletAt
from cross.domain.steps import News, call_for_attention, next_step
from cross.operators.registry import installed
from cross.switch.views import encoded, movement_view, quote_view, rfc3339
from tests.domain.movements import NOON, PATIENCE, accepted, after, price

PROFILES: Final = {name: found.profile for name, found in installed().items()}
TRANSFER: Final = MovementKind.TRANSFER
COLLECTION: Final = MovementKind.COLLECTION
EVERYONES: Final = {
    "id",
    "object",
    "livemode",
    "status",
    "outcome_unknown",
    "reference",
    "description",
    "metadata",
    "customer",
    "failure",
    "needs_attention",
    "attention",
    "warnings",
    "created_at",
    "updated_at",
    "completed_at",
}
WALLET_SIDE: Final = {"amount", "currency", "fee", "operator", "msisdn", "operator_reference"}
OWN: Final = {
    MovementKind.TRANSFER: {"quote", "debit", "credit", "refund", "next_action"},
    MovementKind.COLLECTION: WALLET_SIDE | {"return_url", "cancel_url", "next_action"},
    MovementKind.PAYOUT: WALLET_SIDE,
    MovementKind.REFUND: WALLET_SIDE | {"collection"},
}
LEG: Final = {
    "operator",
    "msisdn",
    "amount",
    "currency",
    "status",
    "operator_reference",
    "failure",
}


def view_of(movement: Movement) -> dict[str, Any]:
    return movement_view(movement, PROFILES)


def heard(movement: Movement, kind: LegKind, answer: LookUp) -> Movement:
    return next_step(movement, kind, News(answer, after(1)), patience=PATIENCE).movement


@pytest.mark.parametrize("kind", list(MovementKind))
def test_a_movement_has_the_fields_of_its_kind(kind: MovementKind) -> None:
    view = view_of(accepted(kind))

    assert set(view) == EVERYONES | OWN[kind]
    assert (view["object"], view["livemode"]) == (kind.value, False)
    assert json.loads(encoded(view)) == view


def test_a_transfer_just_accepted_is_as_the_document_shows_it() -> None:
    view = view_of(accepted(TRANSFER))
    money = {"currency": "XOF"}
    sent = {"operator": "tmoney", "msisdn": "+22890112233", "amount": 5_050, "status": "sent"}
    planned = {
        "operator": "flooz",
        "msisdn": "+22896112233",
        "amount": 5_000,
        "status": "planned",
    }
    unheard = {"currency": "XOF", "operator_reference": None, "failure": None}

    assert (view["status"], view["outcome_unknown"], view["reference"]) == (
        "debiting",
        False,
        "CMD-77",
    )
    assert view["quote"] == {
        "id": None,
        "debit": {"amount": 5_050, **money},
        "credit": {"amount": 5_000, **money},
        "fee": {"amount": 50, **money},
        "rate": None,
    }
    assert view["debit"] == {**sent, **unheard}
    assert view["credit"] == {**planned, **unheard}
    assert (view["refund"], view["failure"], view["completed_at"]) == (None, None, None)


def test_a_transfer_whose_credit_is_refused_shows_the_refund_and_why() -> None:
    debited = heard(accepted(TRANSFER), LegKind.DEBIT, Succeeded("T1", xof(5_050)))
    refused = Refused(RefusalCode.WALLET_BLOCKED, "60019", "blocked")
    view = view_of(heard(debited, LegKind.CREDIT, refused))

    assert view["status"] == "refunding"
    assert view["debit"]["operator_reference"] == "T1"
    assert set(view["refund"]) == LEG
    assert (view["refund"]["amount"], view["refund"]["operator"]) == (5_050, "tmoney")
    why = view["credit"]["failure"]
    assert set(why) == {"code", "message", "operator_code", "operator_message", "leg"}
    assert (why["code"], why["operator_code"], why["leg"]) == ("wallet_blocked", "60019", "credit")


def test_an_unknown_outcome_is_said() -> None:
    view = view_of(heard(accepted(COLLECTION), LegKind.DEBIT, Unknown("no answer")))

    assert (view["status"], view["outcome_unknown"]) == ("unknown", True)
    assert view["next_action"] is None


def test_what_needs_a_person_says_who_and_until_when() -> None:
    flagged = call_for_attention(accepted(TRANSFER), "operator_silent", at=NOON).movement
    view = view_of(flagged)

    assert view["needs_attention"]
    assert view["attention"] == {
        "reason": "operator_silent",
        "owner": "operations",
        "deadline": "2026-11-23T12:00:00.000Z",
    }


def test_a_collection_says_what_the_payer_has_to_do() -> None:
    action = view_of(accepted(COLLECTION))["next_action"]

    assert set(action) == {"type", "instructions", "expires_at"}
    assert action["type"] == "approve_on_phone"
    assert set(action["instructions"]) == {"fr", "en"}
    assert action["expires_at"] == "2026-11-22T12:02:00.000Z"


def test_a_collection_that_nobody_pushes_or_that_is_decided_asks_for_nothing() -> None:
    movement = accepted(COLLECTION)
    page = {"tmoney": replace(PROFILES["tmoney"], collect=CollectMode.REDIRECT)}
    decided = heard(movement, LegKind.DEBIT, Succeeded("T1", xof(5_050)))

    assert movement_view(movement, page)["next_action"] is None
    assert movement_view(movement, {})["next_action"] is None
    assert view_of(decided)["next_action"] is None


def test_a_number_that_looks_like_another_operators_is_a_warning_and_no_refusal() -> None:
    movement = accepted(COLLECTION)
    elsewhere = replace(movement.legs[0], msisdn=Msisdn("+22896112233"))

    assert view_of(movement)["warnings"] == []
    (warning,) = view_of(replace(movement, legs=(elsewhere,)))["warnings"]
    assert warning["code"] == "prefix_mismatch"


def test_a_quote_has_its_price_and_its_end() -> None:
    quote = Quote(
        id="qt_1",
        merchant="mer_1",
        livemode=False,
        source=WalletAt("tmoney", Msisdn("+22890112233")),
        destination=WalletAt("flooz", Msisdn("+22890112244")),
        price=price(fee=50),
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=10),
    )
    view = quote_view(quote, PROFILES)

    assert (view["id"], view["object"], view["rate"]) == ("qt_1", "quote", None)
    assert view["source"] == {"operator": "tmoney", "msisdn": "+22890112233"}
    assert [warning["code"] for warning in view["warnings"]] == ["prefix_mismatch"]
    assert (view["debit"]["amount"], view["credit"]["amount"], view["fee"]["amount"]) == (
        5_050,
        5_000,
        50,
    )
    assert view["expires_at"] == "2026-11-22T12:10:00.000Z"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_a_moment_is_told_in_utc_to_the_millisecond(at: datetime, text: str) -> None:
    """I-45."""
    assert rfc3339(at) == text


def test_whatever_an_operator_or_a_merchant_said_can_be_told() -> None:
    """F-I08."""
    odd = Terms(description="\ud800 é \u2028 </script>", metadata={"\0": '"'})
    view = view_of(replace(accepted(TRANSFER), terms=odd))

    assert json.loads(encoded(view)) == view
    assert encoded(view).isascii()
