"""Callbacks are tried again on the simulators' clock, and forms are sent to those who want them."""

from urllib.parse import parse_qs

import pytest

from tests.simulators import flooz_client, tmoney_client
from tests.simulators.operators import WIRES, Wire
from tests.simulators.stage import CLIENT, Stage, play

PAYER = "22896112233"


@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_a_refused_callback_is_tried_five_times_and_no_more(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        stage.listener.statuses = [503] * 9
        await wire.debit(stage, "R1", wire.number("33"))
        await stage.settle()

        tries = []
        for seconds in (5, 30, 120, 600, 5000):
            tries.append(len(stage.listener.heard))
            await stage.advance(seconds)
        assert [*tries, len(stage.listener.heard)] == [1, 2, 3, 4, 5, 5]

    play(act)


@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_a_callback_once_delivered_is_not_repeated(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        stage.listener.statuses = [500]
        stage.listener.answer = b"success"
        await wire.debit(stage, "R1", wire.number("33"))
        await stage.advance(5)
        await stage.advance(1000)

        assert len(stage.listener.heard) == 2
        failed, delivered = (await stage.control("GET", "callbacks"))["data"]
        assert (failed["status"], failed["delivered"]) == (500, False)
        assert (delivered["delivered"], delivered["acknowledged"]) == (True, False)

    play(act)


@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_a_client_that_cannot_be_reached_is_tried_again(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        body = {"callback_url": "http://nobody/x"}
        await stage.control("PUT", f"credentials/{wire.name}/cross", body)
        await wire.debit(stage, "R1", wire.number("33"))
        await stage.settle()
        await stage.listen(wire.name)
        await stage.advance(5)

        assert len(stage.listener.heard) == 1

    play(act)


def test_tmoney_knows_its_clients_thanks() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("tmoney")
        await tmoney_client.debit(stage, "R1", "22890112233")
        await stage.settle()

        (attempt,) = (await stage.control("GET", "callbacks?operator=tmoney"))["data"]
        assert attempt["acknowledged"]

    play(act)


def test_flooz_calls_back_in_json() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("flooz")
        stage.listener.answer = b'{"message":"success","code":0}'
        await flooz_client.debit(stage, "CRX-01HZX4", PAYER)
        await stage.settle()

        # operators.md, appendix A.3
        assert stage.listener.bodies == [
            {
                "amount": "1500",
                "refid": "F720261122000001",
                "mrchrefid": "CRX-01HZX4",
                "msisdn": PAYER,
                "status": "0",
                "message": "SUCCESS",
            }
        ]
        (attempt,) = (await stage.control("GET", "callbacks"))["data"]
        assert attempt["acknowledged"]
        details = (await flooz_client.verify(stage, "CRX-01HZX4"))["details"]
        assert details["callback"] == "SUCCESS"

    play(act)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("form", {"refid": ["F720261122000001"], "mrchrefid": ["R1"]}),
        ("form_own_refid", {"refid": ["R1"]}),
    ],
)
def test_flooz_calls_back_as_a_form(encoding: str, expected: dict[str, list[str]]) -> None:
    async def act(stage: Stage) -> None:
        settings = {"flooz.callback_encoding": encoding}
        body = {"callback_url": f"{CLIENT}/x", "settings": settings}
        await stage.control("PUT", "credentials/flooz/cross", body)
        await flooz_client.debit(stage, "R1", PAYER)
        await stage.settle()

        ((content_type, form),) = stage.listener.heard
        assert content_type == "application/x-www-form-urlencoded"
        fields = parse_qs(form.decode())
        assert {k: v for k, v in fields.items() if "ref" in k} == expected
        assert (fields["amount"], fields["status"]) == (["1500"], ["0"])

    play(act)
