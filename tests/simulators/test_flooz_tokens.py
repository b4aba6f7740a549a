"""The simulated Flooz opens tokens of all variants (operators.md section 3.3)."""

import json

import pytest

from cross.operators.flooz.simulator_token import key_bytes, open_token
from tests.simulators import flooz_client as flooz
from tests.simulators.stage import Stage, play

PAYER = "22896112233"


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("dGNmtlxz+YC86YnWw4xHkA==", "0:u1:p1"),
        ("jiF7bb0Vdl1FYIzj6PH/qPYzbW5HWG/JU1z+UNTbpn8=", "1050:partner:secret"),
        (
            "AAECAwQFBgcICQoLDA0ODw==:tdt8ryM0vZfYbNE3pKpRtIlW4iu6pxN1YA6BDV4BjJE=",
            "16:partner:secret",
        ),
    ],
)
@pytest.mark.parametrize("key", [flooz.KEY, flooz.KEY.encode().hex()])
def test_the_published_vectors_open(token: str, text: str, key: str) -> None:
    assert open_token(token, aes_key=key) == text


@pytest.mark.parametrize("token", ["", "AAAA", "é", "a:b:c", "x" * 44, "AAECAwQFBgcICQoLDA0ODw==:"])
def test_what_is_no_token_does_not_open(token: str) -> None:
    assert open_token(token, aes_key=flooz.KEY) is None
    assert open_token(flooz.token(), aes_key="0" * 32) is None
    assert key_bytes("short") is None
    assert key_bytes("é" * 32) is None


@pytest.mark.parametrize(
    "token",
    [
        flooz.token("0:cross:cross-secret"),
        flooz.token("1050:cross:cross-secret"),
        flooz.token_v2(),
        flooz.token_v2(iv=bytes(range(100, 116))),
    ],
)
def test_computed_tokens_are_taken_with_any_counter_and_again(token: str) -> None:
    async def act(stage: Stage) -> None:
        for reference in ("R1", "R2"):
            path, order = f"{flooz.L1}/debit", flooz.order(reference, PAYER)
            assert (await flooz.post(stage, path, order, token))["status"] == "0"

    play(act)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        flooz.token("0:cross:other"),
        flooz.token("0:other:cross-secret"),
        flooz.token(key="1" * 32),
        f"Bearer {flooz.token()}",
    ],
)
def test_other_tokens_are_not(token: str) -> None:
    async def act(stage: Stage) -> None:
        path, order = f"{flooz.L1}/debit", flooz.order("R1", PAYER)
        assert (await flooz.post(stage, path, order, token))["status"] == "99"
        nobody = await stage.send("POST", f"/flooz{path}", json.dumps(order).encode())
        assert json.loads(nobody.body)["status"] == "99"
        assert await stage.journal() == []

    play(act)


def test_an_opaque_token_is_given_for_an_index() -> None:
    async def act(stage: Stage) -> None:
        query = "index=1050&username=cross&password=cross-secret"
        response = await stage.send("GET", f"/flooz/token?{query}")
        key = json.loads(response.body)["key"]
        path = "/Flooz/DebitService/Debit"
        assert (await flooz.post(stage, path, flooz.order("R1", PAYER), key))["status"] == "0"

        for wrong in ("index=1&username=cross&password=x", "username=cross&password=cross-secret"):
            response = await stage.send("GET", f"/flooz/token?{wrong}")
            assert "key" not in json.loads(response.body)
        await stage.plant("flooz", "expired_token", count=1)
        for _ in range(2):
            answer = await flooz.post(stage, path, flooz.order("R2", PAYER), key)
            assert answer["status"] == "99"

    play(act)


def test_a_static_token_is_taken_from_who_has_one() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "credentials/flooz/cross", {"static_token": "S1"})
        path = f"{flooz.L1}/debit"
        assert (await flooz.post(stage, path, flooz.order("R1", PAYER), "S1"))["status"] == "0"
        assert (await flooz.post(stage, path, flooz.order("R2", PAYER), "S2"))["status"] == "99"

    play(act)


def test_a_strict_counter_must_grow() -> None:
    async def act(stage: Stage) -> None:
        body = {"settings": {"flooz.strict_counter": True}}
        await stage.control("PUT", "credentials/flooz/cross", body)
        statuses = []
        for place, counter in enumerate(["1050", "1050", "1051", "9", "2000", "x"]):
            token = flooz.token(f"{counter}:cross:cross-secret")
            order = flooz.order(f"R{place}", PAYER)
            statuses.append((await flooz.post(stage, f"{flooz.L1}/debit", order, token))["status"])
        assert statuses == ["0", "99", "0", "99", "0", "99"]

    play(act)


def test_new_credentials_take_the_place_of_the_old() -> None:
    async def act(stage: Stage) -> None:
        await flooz.debit(stage, "R1", PAYER)
        await stage.control("PUT", "credentials/flooz/cross", {"password": "new"})
        assert (await flooz.debit(stage, "R2", PAYER))["status"] == "99"

    play(act)
