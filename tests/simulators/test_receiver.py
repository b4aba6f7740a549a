"""The merchant's server that the sandbox brings: it believes what is signed, and nothing else."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from standardwebhooks import Webhook

from tests.simulators.stage import NOON, Stage, play

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVENT = '{"id":"evt_1","object":"event","type":"collection.succeeded","sequence":2}'


async def sent(
    stage: Stage,
    body: str = EVENT,
    *,
    secret: str = SECRET,
    at: datetime | None = None,
    signed: str | None = None,
) -> tuple[int, dict[str, object]]:
    """A webhook as the unmodified `standardwebhooks` package signs it."""
    at = at or NOON + timedelta(seconds=asyncio.get_running_loop().time())
    signature = Webhook(secret).sign("evt_1", at, signed or body)
    headers = (
        ("webhook-id", "evt_1"),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", signature),
    )
    response = await stage.send("POST", "/webhooks", body.encode(), headers)
    return response.status, json.loads(response.body)


async def listed(stage: Stage, query: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await stage.control("GET", f"webhooks{query}"))["data"]
    return found


def test_what_is_signed_with_the_secret_is_believed_and_answered_200() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "webhooks", {"secrets": [OTHER, SECRET]})
        status, _ = await sent(stage)
        (one,) = await listed(stage)
        assert (status, one["verified"], one["doubt"]) == (200, True, None)
        assert (one["id"], one["type"]) == ("evt_1", "collection.succeeded")
        assert one["event"] == json.loads(EVENT)

    play(act)


@pytest.mark.parametrize(
    ("how", "doubt"),
    [
        ({"secret": OTHER}, "signature_wrong"),
        ({"signed": EVENT + " "}, "signature_wrong"),
        ({"at": NOON - timedelta(minutes=6)}, "timestamp_wrong"),
    ],
)
def test_what_is_not_genuine_is_refused_and_told_apart(how: dict[str, object], doubt: str) -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "webhooks", {"secrets": [SECRET]})
        status, _ = await sent(stage, **how)  # type: ignore[arg-type]
        (one,) = await listed(stage)
        assert (status, one["verified"], one["doubt"]) == (401, False, doubt)

    play(act)


def test_without_headers_or_a_secret_nothing_is_believed() -> None:
    async def act(stage: Stage) -> None:
        assert (await sent(stage))[0] == 401
        assert (await stage.send("POST", "/webhooks", EVENT.encode())).status == 401
        assert [one["doubt"] for one in await listed(stage)] == ["secret_missing", "header_missing"]

    play(act)


def test_it_misbehaves_as_often_as_it_is_told_and_is_well_again() -> None:
    async def act(stage: Stage) -> None:
        manner = {"secrets": [SECRET], "status": 503, "count": 2, "retry_after_seconds": 7}
        assert (await stage.control("PUT", "webhooks", manner))["status"] == 503
        assert [(await sent(stage))[0] for _ in range(3)] == [503, 503, 200]
        shown = await listed(stage)
        assert [one["repeated"] for one in shown] == [False, False, False]
        assert (await sent(stage))[0] == 200
        assert (await listed(stage))[-1]["repeated"] is True

    play(act)


def test_a_slow_answer_takes_its_time() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "webhooks", {"secrets": [SECRET], "delay_seconds": 20})
        before = asyncio.get_running_loop().time()
        await sent(stage)
        assert asyncio.get_running_loop().time() - before >= 20

    play(act)


def test_lists_are_narrowed_and_forgotten() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "webhooks", {"secrets": [SECRET]})
        await sent(stage)
        await sent(stage, '{"id":"evt_1","type":"order.paid"}')
        assert [one["type"] for one in await listed(stage, "?limit=1")] == ["order.paid"]
        assert len(await listed(stage, "?type=collection.succeeded")) == 1
        assert len(await listed(stage, "?id=evt_1")) == 2
        assert (await stage.control("DELETE", "webhooks"))["received"] == 0
        assert (await sent(stage))[0] == 200  # the secrets stay

    play(act)


@pytest.mark.parametrize("wrong", [{"status": 42}, {"secrets": "whsec_"}, {"secrets": ["whsec_%"]}])
def test_a_wrong_manner_is_refused_and_changes_nothing(wrong: dict[str, object]) -> None:
    async def act(stage: Stage) -> None:
        status, answer = await stage.try_control("PUT", "webhooks", wrong)
        assert (status, answer["field"]) == (422, next(iter(wrong)))

    play(act)


def test_webhooks_are_on_the_benchs_tape() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "webhooks", {"secrets": [SECRET]})
        await sent(stage)
        tape = json.loads((await stage.send("GET", "/bench/tape")).body)["data"]
        (line,) = (line for line in tape if line["kind"] == "webhook")
        assert line["title"] == "Cross → webhook : collection.succeeded 200 ✓"

    play(act)
