"""What a callback of TMoney may name, and what it is answered (operators.md 2.7)."""

import json

import pytest

from cross.domain.operator import CallbackHint, RawCallback
from cross.operators.tmoney import wire
from cross.operators.tmoney.tests.scripted import REFERENCE, REQUEST, transaction


def callback(body: bytes) -> RawCallback:
    return RawCallback("POST", "", (("Content-Type", "application/json"),), body, "192.0.2.7")


def test_a_callback_names_its_reference_and_what_it_claims() -> None:
    hint = wire.read_callback(callback(json.dumps(transaction()).encode()))

    assert hint == CallbackHint(REFERENCE, "SUCCES 2002")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"idRequete=CRX01", b"<html>", b"[]", b'{"idRequete":7}', b'{"idRequete":null}',
        b'{"idRequete":"A","idRequete":"B"}', b'{"idRequete":"A","IDREQUETE":"B"}',
        b'{"idRequete":"A\\u0000"}', b'{"idRequete":"' + b"A" * 65 + b'"}', b"\xff",
        b'{"idRequete":"A","montant":NaN}', b"[" * 100_000,
    ],
    ids=lambda body: repr(body)[:30],
)  # fmt: skip
def test_a_callback_that_cannot_be_trusted_to_name_a_reference_names_none(body: bytes) -> None:
    assert wire.read_callback(callback(body)).reference is None


def test_the_reply_to_a_callback_echoes_three_fields() -> None:
    reply = wire.reply_to_callback(callback(json.dumps(transaction()).encode()))

    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {
        "code": "2001",
        "message": "Callback successfully executed",
        "idRequete": REFERENCE,
        "refCommande": REQUEST.movement,
        "dateHeureRequete": "2026-11-22 10:15:00",
    }


@pytest.mark.parametrize("body", [b"", b"[]", b'{"idRequete":"A\\nB"}', b'{"refCommande":{}}'])
def test_the_reply_echoes_nothing_that_is_not_short_and_plain(body: bytes) -> None:
    assert json.loads(wire.reply_to_callback(callback(body)).body) == {
        "code": "2001",
        "message": "Callback successfully executed",
    }
