"""Flooz's tokens in their four variants (operators.md 3.3)."""

import asyncio
import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from cross.domain.operator import Pending, Unknown
from cross.operators.flooz.tests.scripted import REQUEST, answer, flooz_saying
from cross.operators.flooz.token import v1, v2
from cross.outbound import HttpResponse, NoAnswer

KEY = b"0123456789abcdef0123456789abcdef"
ACCEPTED = answer({"status": "0", "code": "0", "mrorrefid": "M900001", "refid": "M900001"})
INVALID = answer({"status": "99", "code": "99", "message": "INVALID AUTHORIZATION"})


def test_variant_1_gives_the_documents_vectors() -> None:
    assert v1(KEY, counter=0, username="u1", password="p1") == "dGNmtlxz+YC86YnWw4xHkA=="
    assert (
        v1(KEY, counter=1050, username="partner", password="secret")
        == "jiF7bb0Vdl1FYIzj6PH/qPYzbW5HWG/JU1z+UNTbpn8="
    )


def test_variant_2_gives_the_documents_vector() -> None:
    assert (
        v2(KEY, iv=bytes(range(16)), username="partner", password="secret")
        == "AAECAwQFBgcICQoLDA0ODw==:tdt8ryM0vZfYbNE3pKpRtIlW4iu6pxN1YA6BDV4BjJE="
    )


def opened(token: str) -> str:
    iv, _, cipher = token.rpartition(":")
    decryptor = Cipher(AES256(KEY), CBC(base64.b64decode(iv) if iv else bytes(16))).decryptor()
    padded = decryptor.update(base64.b64decode(cipher)) + decryptor.finalize()
    return padded[: -padded[-1]].decode()


def tokens_shown(*said: HttpResponse, **settings: str) -> list[str]:
    operator, flooz = flooz_saying(*said, **settings)

    async def story() -> None:
        await operator.collect(REQUEST)
        await operator.look_up_collection(REQUEST)

    asyncio.run(story())
    asked = [request for request in flooz.asked if request.method == "POST"]
    return [dict(request.headers)["Authorization"] for request in asked]


def test_a_token_is_made_once_and_shown_without_bearer() -> None:
    first, second = tokens_shown(ACCEPTED)

    assert first == second
    assert opened(first) == f"{2**30 - 1}:cross:cross-secret"


@pytest.mark.parametrize("key", [KEY.decode(), KEY.hex(), KEY.hex().upper()])
def test_the_key_may_be_given_as_text_or_as_its_hexadecimal_digits(key: str) -> None:
    assert opened(tokens_shown(ACCEPTED, aes_key=key)[0]).endswith(":cross:cross-secret")


def test_a_refused_token_is_made_anew_with_a_counter_that_grew() -> None:
    refused, repeated, later = tokens_shown(INVALID, ACCEPTED)

    assert int(opened(repeated).split(":")[0]) > int(opened(refused).split(":")[0])
    assert later == repeated


def test_variant_2_has_a_random_iv_and_the_literal_16() -> None:
    token = tokens_shown(ACCEPTED, token_variant="V2")[0]

    assert token.startswith(base64.b64encode(b"\xff" * 16).decode() + ":")
    assert opened(token) == "16:cross:cross-secret"


def test_variant_3_is_given_by_flooz_and_its_index_increases() -> None:
    operator, flooz = flooz_saying(
        answer({"key": "opaque-1"}), INVALID, answer({"key": "opaque-2"}), ACCEPTED,
        token_variant="V3", layout="L2", password="p&w=1",
    )  # fmt: skip

    assert asyncio.run(operator.collect(REQUEST)) == Pending("M900001")
    assert [(asked.method, asked.url) for asked in flooz.asked] == [
        ("GET", "https://flooz.example/token?index=1050&username=cross&password=p%26w%3D1"),
        ("POST", "https://flooz.example/Flooz/DebitService/Debit"),
        ("GET", "https://flooz.example/token?index=1051&username=cross&password=p%26w%3D1"),
        ("POST", "https://flooz.example/Flooz/DebitService/Debit"),
    ]
    assert dict(flooz.asked[3].headers)["Authorization"] == "opaque-2"


@pytest.mark.parametrize(
    "said",
    [
        INVALID, HttpResponse(500, b'{"key":"opaque"}'), HttpResponse(200, b"<html>"),
        answer({"key": ""}), answer({"key": 7}), answer({"key": "a b"}), answer({"key": "a\r\nb"}),
        answer({"key": "é"}), answer({"key": "x" * 4097}),
        HttpResponse(200, b'{"key":"a","key":"b"}'),
        NoAnswer("refused", sent=False), NoAnswer("no answer", sent=True),
    ],
    ids=str,
)  # fmt: skip
def test_without_a_token_nothing_about_money_was_sent(said: HttpResponse | NoAnswer) -> None:
    operator, flooz = flooz_saying(said, token_variant="V3")

    got = asyncio.run(operator.pay_out(REQUEST))

    assert isinstance(got, Unknown)
    assert not got.sent
    assert [asked.method for asked in flooz.asked] == ["GET"]


def test_variant_4_is_static_and_not_repeated_when_it_is_refused() -> None:
    operator, flooz = flooz_saying(
        INVALID, token_variant="V4", static_token="given-by-moov", username="", aes_key=""
    )

    got = asyncio.run(operator.collect(REQUEST))

    assert isinstance(got, Unknown)
    assert got.sent
    assert [dict(asked.headers)["Authorization"] for asked in flooz.asked] == ["given-by-moov"]


def test_fifty_concurrent_requests_share_one_token_from_flooz() -> None:
    operator, flooz = flooz_saying(answer({"key": "opaque"}), ACCEPTED, token_variant="V3")

    async def story() -> None:
        await asyncio.gather(*(operator.collect(REQUEST) for _ in range(50)))

    asyncio.run(story())

    assert [asked.method for asked in flooz.asked].count("GET") == 1
    assert len(flooz.asked) == 51


def test_the_requests_have_the_fields_of_the_document() -> None:
    operator, flooz = flooz_saying(ACCEPTED)

    async def story() -> None:
        await operator.collect(REQUEST)
        await operator.pay_out(REQUEST)
        await operator.look_up_collection(REQUEST)
        await operator.look_up_payout(REQUEST)

    asyncio.run(story())

    payment = {
        "msisdn": "22896112233",
        "key": "CROSSKEY",
        "mrchrefid": REQUEST.reference,
        "mrchname": "CROSS",
        "amount": 1500,
        "partnermsisdn": "22800000042",
    }
    question = {"mrchrefid": REQUEST.reference, "partnermsisdn": "22800000042"}
    assert [json.loads(asked.body) for asked in flooz.asked] == [
        payment, payment, question, question
    ]  # fmt: skip
    assert all(asked.deadline_seconds == 135 for asked in flooz.asked)
