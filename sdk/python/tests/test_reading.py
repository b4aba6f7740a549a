"""Answers as objects: whatever a server of another version says."""

from datetime import UTC, datetime
from typing import Any

from cross_switch.reading import read
from cross_switch.shapes.movements import Collection, Quote, Transfer
from cross_switch.shapes.parts import ApproveOnPhone, Redirect

PHONE = {
    "type": "approve_on_phone",
    "instructions": {"fr": "Tapez", "en": "Dial"},
    "expires_at": "2026-11-22T12:00:00.5Z",
}


def _collection(**said: Any) -> Collection:
    return read(Collection, {"id": "col_1", "object": "collection", **said})


def test_what_is_to_be_done_is_told_by_its_type() -> None:
    phone = _collection(next_action=PHONE).next_action
    page = _collection(next_action={"type": "redirect", "url": "https://x"}).next_action

    assert isinstance(phone, ApproveOnPhone)
    assert phone.instructions.en == "Dial"
    assert phone.expires_at == datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)
    assert isinstance(page, Redirect)
    assert _collection(next_action=None).next_action is None


def test_a_newer_server_breaks_nothing() -> None:
    found = _collection(status="dreaming", colour="blue", next_action={"type": "telepathy"})

    assert str(found.status) == "dreaming"
    assert found.raw["colour"] == "blue"
    assert found.raw["next_action"] == {"type": "telepathy"}
    assert not isinstance(found.next_action, ApproveOnPhone | Redirect)


def test_an_older_server_breaks_nothing() -> None:
    found = read(Transfer, {"id": "trf_1", "created_at": "yesterday", "debit": "none"})

    assert found.credit is None
    assert found.warnings is None
    assert found.created_at == "yesterday"
    assert found.debit == "none"


def test_nested_objects_lists_and_words_of_python_are_read() -> None:
    quote = read(
        Quote,
        {
            "rate": {"from": "XOF", "to": "DJF", "rate": "0.298027", "margin_bp": 50},
            "warnings": [{"code": "prefix", "message": "of another operator"}],
            "debit": {"amount": 5050, "currency": "XOF"},
        },
    )

    assert quote.rate is not None
    assert quote.rate.from_currency == "XOF"
    assert quote.debit.amount == 5050
    assert quote.warnings[0].code == "prefix"
    assert "raw" not in repr(quote)
