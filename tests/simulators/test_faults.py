"""Every fault of sandbox.md section 2 goes wrong as its name says, at each operator."""

import json

import pytest

from cross.outbound import HttpResponse, NoAnswer
from tests.simulators import flooz_client, tmoney_client
from tests.simulators.operators import FLOOZ, TMONEY, WIRES, Wire
from tests.simulators.stage import IN_A_SECOND, SIMULATORS, Stage, play

pytestmark = pytest.mark.parametrize("wire", WIRES, ids=str)


async def raw_debit(stage: Stage, wire: Wire, reference: str, token: str = "") -> HttpResponse:
    if wire is TMONEY:
        path, order = "/tmoney/push-api/v1/debit", tmoney_client.order(reference, number(wire))
    else:
        path = "/flooz/payment/HttpService/json/cv/debit"
        order = flooz_client.order(reference, number(wire))
    headers = (("Authorization", token or await token_of(stage, wire)),)
    return await stage.send("POST", path, json.dumps(order).encode(), headers)


async def token_of(stage: Stage, wire: Wire) -> str:
    return await tmoney_client.log_in(stage) if wire is TMONEY else flooz_client.token()


def number(wire: Wire) -> str:
    return wire.number("33")


def test_latency_comes_before_the_effect(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        token = await token_of(stage, wire)
        await stage.plant(wire.name, "latency", value=45_000, match="R1", count=1)
        with pytest.raises(NoAnswer):
            await raw_debit(stage, wire, "R1", token)
        assert await wire.state(stage, "R1", "debit") == "unknown"

        await stage.advance(16)
        await stage.network.settle()
        assert await wire.state(stage, "R1", "debit") == "paid"

    play(act)


@pytest.mark.parametrize(
    ("fault", "status"), [("error_500", 500), ("error_502_html", 502), ("down", 503)]
)
def test_an_error_has_no_effect(wire: Wire, fault: str, status: int) -> None:
    async def act(stage: Stage) -> None:
        token = await token_of(stage, wire)
        await stage.plant(wire.name, fault, count=1)

        response = await raw_debit(stage, wire, "R1", token)
        assert response.status == status
        assert (b"<html>" in response.body) == (fault == "error_502_html")
        assert await wire.state(stage, "R1", "debit") == "unknown"
        assert (await stage.control("GET", "faults"))["data"] == []

    play(act)


def test_a_request_dropped_before_has_no_effect_and_one_dropped_after_has(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "drop_before", match="R1")
        await stage.plant(wire.name, "drop_after", match="R2")
        for reference in ("R1", "R2"):
            with pytest.raises(NoAnswer):
                await raw_debit(stage, wire, reference)
        with pytest.raises(NoAnswer):
            await wire.credit(stage, "R2C", number(wire))
        await stage.control("DELETE", "faults")

        assert await wire.state(stage, "R1", "debit") == "unknown"
        assert await wire.state(stage, "R2", "debit") == "paid"
        assert await wire.state(stage, "R2C", "credit") == "paid"

    play(act)


def test_a_lost_callback_never_comes_and_is_sent_again_on_demand(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        await stage.plant(wire.name, "lose_callback", match=number(wire))
        await wire.debit(stage, "R1", number(wire))
        await stage.advance(1000)
        assert stage.listener.heard == []

        await stage.control("POST", f"callbacks/{wire.name}/R1/resend")
        await stage.settle()
        assert len(stage.listener.heard) == 1

    play(act)


def test_a_callback_is_duplicated_and_delayed_as_told(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        await stage.plant(wire.name, "duplicate_callback", value=10)
        await stage.plant(wire.name, "delay_callback", value=60_000)
        await wire.debit(stage, "R1", number(wire))
        await stage.advance(59)
        assert stage.listener.heard == []

        await stage.advance(1)
        assert len(stage.listener.heard) == 10

    play(act)


def test_a_callback_is_early_forged_or_altered_as_told(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        for fault in ("early_callback", "forge_callback", "alter_callback_amount"):
            await stage.plant(wire.name, fault, match=fault[:5])

        await wire.debit(stage, "early-1", number(wire))
        assert len(stage.listener.heard) == 1
        await wire.debit(stage, "forge-1", number(wire))
        await stage.settle()
        assert len(stage.listener.heard) == 2
        assert len(await stage.journal()) == 1
        await stage.advance(1)
        assert len(stage.listener.heard) == 3
        await wire.debit(stage, "alter-1", number(wire))
        await stage.advance(1)

        amount = "montant" if wire is TMONEY else "amount"
        assert [int(b[amount]) for b in stage.listener.bodies] == [1500, 1600, 1500, 1600]
        assert [m["amount"] for m in await stage.journal()] == [1500, 1500, 1500]

    play(act, IN_A_SECOND)


def test_a_truncated_body_is_whole_to_http_and_broken_to_json(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "truncate_body", match="R1")
        response = await raw_debit(stage, wire, "R1")

        assert response.status == 200
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(response.body)
        await stage.control("DELETE", "faults")
        assert await wire.state(stage, "R1", "debit") == "paid"

    play(act)


def test_a_dripping_answer_outlasts_a_deadline(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "drip", match="R1")
        with pytest.raises(NoAnswer, match="deadline"):
            await raw_debit(stage, wire, "R1")

    play(act)


def test_only_queries_fail_when_the_status_query_is_down(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "status_query_down")
        await wire.debit(stage, "R1", number(wire))
        with pytest.raises(AssertionError, match="status=500"):
            await wire.state(stage, "R1", "debit")

    play(act)


def test_an_expired_token_is_refused_before_any_effect(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        old = await token_of(stage, wire)
        await stage.plant(wire.name, "expired_token", count=1)
        refused = await raw_debit(stage, wire, "R1", old)
        if wire is FLOOZ:
            assert json.loads(refused.body)["status"] == "99"
        else:
            assert refused.status == 401
            assert json.loads(refused.body)["fault"]["code"] == 900901
            assert (await raw_debit(stage, wire, "R1", old)).status == 401
        assert await stage.journal() == []

        await raw_debit(stage, wire, "R1")
        assert len(await stage.journal()) == 1

    play(act)


def test_a_fault_strikes_as_often_as_its_probability_and_count_say(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "error_500", probability=0.5, match="R", count=20)
        token = await token_of(stage, wire)
        statuses = [(await raw_debit(stage, wire, f"R{n}", token)).status for n in range(100)]

        assert statuses.count(500) == 20
        assert 25 < max(n for n, status in enumerate(statuses) if status == 500) < 60

    play(act)


def test_a_fault_of_one_operator_is_not_anothers(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        other = FLOOZ if wire is TMONEY else TMONEY
        await stage.plant(other.name, "down")
        await wire.debit(stage, "R1", number(wire))

        assert await wire.state(stage, "R1", "debit") == "paid"

    play(act)


def test_what_came_in_and_went_out_can_be_read(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.plant(wire.name, "drop_before", match="R2", count=1)
        await raw_debit(stage, wire, "R1")
        with pytest.raises(NoAnswer):
            await raw_debit(stage, wire, "R2")

        data = (await stage.control("GET", f"requests?operator={wire.name}&limit=5"))["data"]
        lost, answered = [entry for entry in data if "debit" in entry["path"]]
        assert "R2" in lost["body"]
        assert (lost["status"], lost["answer"]) == (None, None)
        assert (answered["status"], answered["headers"]["host"]) == (200, SIMULATORS[7:])

    play(act)
