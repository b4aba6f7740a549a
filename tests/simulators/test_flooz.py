"""The simulated Flooz says what operators.md sections 3.1 to 3.7 and 3.10 say."""

import asyncio
import json

import pytest

from tests.simulators import flooz_client as flooz
from tests.simulators.stage import AT_ONCE, IN_A_SECOND, Stage, play

PAYER = "22896112233"
LAYOUTS = [
    ("/payment/HttpService/json/cv/debit", "/payment/HttpService/json/cv/Verify"),
    ("/PAYMENT/httpservice/JSON/cv/Debit", "/payment/httpservice/json/CV/verify"),
    ("/Flooz/DebitService/Debit", "/Flooz/DebitService/Verify"),
    ("/floozdebitapi/flooz/debitService", "/floozdebitapi/flooz/verify"),
]


@pytest.mark.parametrize(("debit_path", "verify_path"), LAYOUTS)
def test_a_debit_is_accepted_then_paid_in_every_layout(debit_path: str, verify_path: str) -> None:
    async def act(stage: Stage) -> None:
        answer = await flooz.post(stage, debit_path, flooz.order("R1", PAYER))
        # operators.md, appendix A.3
        assert answer == {
            "status": "0",
            "code": "0",
            "message": "TRANSACTION IS BEING PROCESSED",
            "description": "Push envoye",
            "mrorrefid": "M900001",
            "refid": "M900001",
        }
        asked = {"mrchrefid": "R1", "partnermsisdn": flooz.PARTNER}
        pending = await flooz.post(stage, verify_path, asked)
        assert pending["status"] == "0"
        assert "status" not in pending["details"]

        await stage.advance(1)
        assert (await flooz.post(stage, verify_path, asked)) == {
            "status": "0",
            "code": "0",
            "message": "SUCCESS",
            "description": "",
            "refid": "M900001",
            "details": {
                "pushussd": "SUCCESS",
                "callback": "PENDING",
                "amount": "1500",
                "mrchreference": "R1",
                "mrchname": "CROSS",
                "msisdn": PAYER,
                "mrorreference": "M900001",
                "referenceid": "F720261122000001",
                "validationdate": "2026-11-22 12:00:01",
                "status": "0",
            },
        }

    play(act, IN_A_SECOND)


def test_a_credit_is_paid_in_its_answer() -> None:
    async def act(stage: Stage) -> None:
        answer = await flooz.credit(stage, "R2", PAYER, "1500")
        assert (answer["status"], answer["code"]) == ("0", "0")
        (movement,) = await stage.journal(operator="flooz", reference="R2")
        assert movement["operator_reference"] == answer["referenceid"]
        partner = await stage.control("GET", "partner/flooz")
        assert partner["balance"] == 100_000_000 - 1500

    play(act)


def test_an_unknown_reference_has_no_details() -> None:
    async def act(stage: Stage) -> None:
        answer = await flooz.verify(stage, "R9")
        assert answer["status"] == "10"
        assert "details" not in answer

    play(act)


def test_pending_says_100_to_those_who_want_a_status() -> None:
    async def act(stage: Stage) -> None:
        body = {"settings": {"pending_status": True}}
        await stage.control("PUT", "credentials/flooz/cross", body)
        await flooz.debit(stage, "R1", PAYER)

        assert (await flooz.verify(stage, "R1"))["details"]["status"] == "100"

    play(act, IN_A_SECOND)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"msisdn": ""}, "1"),
        ({"amount": None}, "1"),
        ({"mrchname": ""}, "1"),
        ({"amount": "15.00"}, "3"),
        ({"amount": 0}, "3"),
        ({"amount": True}, "3"),
        ({"amount": 1500.5}, "3"),
        ({"msisdn": "96112233"}, "3"),
        ({"mrchrefid": "R" * 65}, "3"),
        ({"mrchrefid": 7}, "3"),
        ({"key": "OTHER"}, "99"),
        ({"partnermsisdn": "22800000043"}, "5"),
        ({"msisdn": "22890112233"}, "5"),
    ],
)
def test_a_wrong_debit_is_rejected_in_its_answer(change: dict[str, object], status: str) -> None:
    async def act(stage: Stage) -> None:
        content = flooz.order("R1", PAYER) | change
        answer = await flooz.post(stage, f"{flooz.L1}/debit", content)
        assert (answer["status"], answer["code"]) == (status, status)
        assert (await flooz.verify(stage, "R1"))["status"] == "10"
        assert await stage.journal() == []

    play(act)


def test_a_reference_is_taken_once_for_debit_and_credit_together() -> None:
    async def act(stage: Stage) -> None:
        await flooz.debit(stage, "R1", PAYER)
        assert (await flooz.debit(stage, "R1", PAYER))["status"] == "4"
        assert (await flooz.credit(stage, "R1", PAYER))["status"] == "4"
        assert len(await stage.journal()) == 1

    play(act)


def test_one_push_is_open_per_customer() -> None:
    async def act(stage: Stage) -> None:
        other = {"username": "u", "password": "p", "aes_key": flooz.KEY, "key": "K"}
        other |= {"partnermsisdn": flooz.PARTNER}
        await stage.control("PUT", "credentials/flooz/other", other)
        await flooz.debit(stage, "R1", PAYER)

        assert (await flooz.debit(stage, "R2", PAYER))["status"] == "9"
        theirs = flooz.order("R1", PAYER) | {"key": "K"}
        path = f"{flooz.L1}/debit"
        assert (await flooz.post(stage, path, theirs, flooz.token("0:u:p")))["status"] == "8"
        await stage.advance(1)
        assert (await flooz.debit(stage, "R2", PAYER))["status"] == "0"
        assert (await flooz.verify(stage, "R1"))["details"]["status"] == "0"

    play(act, IN_A_SECOND)


def test_an_answer_held_until_the_pin_tells_the_result() -> None:
    async def act(stage: Stage) -> None:
        body = {"settings": {"flooz.hold_until_pin": True}}
        await stage.control("PUT", "credentials/flooz/cross", body)
        held = asyncio.create_task(flooz.debit(stage, "R1", "22896112200"))
        refused = asyncio.create_task(flooz.debit(stage, "R2", "22896112203"))
        await asyncio.sleep(0.5)
        assert not held.done()
        handset = await stage.control("GET", "handsets/22896112200")
        prompt = handset["prompts"][0]["id"]
        answer = {"action": "approve", "pin": "1234"}
        await stage.control("POST", f"handsets/22896112200/prompts/{prompt}", answer)

        paid = await held
        assert (paid["status"], paid["referenceid"]) == ("0", "F720261122000001")
        failed = await refused
        assert (failed["status"], failed["description"]) == (
            "10",
            "Transaction refusee par le client",
        )

    play(act, IN_A_SECOND)


def test_a_float_that_is_too_low_refuses_a_credit() -> None:
    async def act(stage: Stage) -> None:
        answer = await flooz.credit(stage, "R1", PAYER, 100_000_001)
        assert (answer["status"], answer["description"]) == ("10", "Solde partenaire insuffisant")
        assert (await flooz.verify(stage, "R1"))["details"]["status"] == "10"

    play(act)


def test_a_wallet_without_the_money_is_not_debited() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("flooz")
        await flooz.debit(stage, "R1", PAYER, 1_000_001)
        await stage.settle()
        (body,) = stage.listener.bodies
        assert (body["status"], body["message"]) == ("10", "INSUFFICIENT FUNDS")
        assert await stage.journal() == []

    play(act, AT_ONCE)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"x"'])
def test_what_is_no_json_object_is_an_invalid_request(body: bytes) -> None:
    async def act(stage: Stage) -> None:
        headers = (("Authorization", flooz.token()),)
        response = await stage.send("POST", f"/flooz{flooz.L1}/debit", body, headers)
        assert response.status == 200
        assert json.loads(response.body)["status"] == "3"

    play(act)
