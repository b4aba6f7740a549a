"""S-OUT-07: a live endpoint is proven its merchant's, and what changes of it changes later."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cross.domain.webhook import (
    Endpoint,
    EndpointDisabled,
    EndpointStatus,
    EndpointTerms,
    EndpointUnverified,
    VerificationFailed,
)
from cross.switch import ownership, webhooks
from cross.switch.webhooks import Change
from tests.conftest import NewStore, Run
from tests.switch.receiving import RECEIVER, Answer, Receiver, Request, verified
from tests.switch.test_webhooks import heard_world, now
from tests.world import MERCHANT, World, until

HOUR = timedelta(seconds=3_600)


async def proves(request: Request) -> Answer:
    """Answers a challenge with it, and takes whatever else comes."""
    said = request.event["data"]["object"]
    return Answer(200, said["challenge"].encode()) if "challenge" in said else Answer()


async def live(world: World, path: str = "/hooks") -> tuple[Endpoint, str]:
    terms = EndpointTerms(f"{RECEIVER}{path}", ("payout.created",))
    return await webhooks.open_endpoint(world.switch, terms, merchant=MERCHANT, livemode=True)


def test_a_live_endpoint_is_enabled_once_it_answers_the_signed_challenge(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    async def prove() -> None:
        receiver = Receiver(proves)
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            switch = world.switch
            endpoint, secret = await live(world)
            assert endpoint.status is EndpointStatus.PENDING
            on = Change(enabled=True)
            with pytest.raises(EndpointUnverified):
                await webhooks.change_endpoint(switch, endpoint.id, on, merchant=MERCHANT)
            with pytest.raises(EndpointDisabled):
                await webhooks.send_test(switch, endpoint.id, merchant=MERCHANT)

            after = await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            assert after.status is EndpointStatus.ENABLED
            [asked] = receiver.accepted
            said = verified(secret, asked)
            assert (said["type"], said["livemode"]) == ("webhook_endpoint.verification", True)
            token = said["data"]["object"]["challenge"]
            assert len(token) == 64
            again = await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            assert (again.version, len(receiver.heard)) == (after.version, 1)

    run(prove())


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: Answer(200, request.body),
        lambda _: Answer(204),
        lambda _: Answer(200, b'{"challenge": "guessed"}'),
        lambda _: Answer(200, b'{"challenge": ["\\ud800"]}'),
        lambda _: Answer(200, b"[" * 8_000),
        lambda request: Answer(404, request.event["data"]["object"]["challenge"].encode()),
        lambda _: Answer(302, headers={"location": "http://m/"}),
    ],
)
def test_what_does_not_answer_with_the_token_alone_proves_nothing(
    tmp_path: Path, answer: Any
) -> None:
    """A server that sends back whatever comes is not thereby the merchant's."""

    async def fail() -> None:
        async def behaviour(request: Request) -> Answer:
            return answer(request)  # type: ignore[no-any-return]

        async with heard_world(tmp_path, Receiver(behaviour)) as world:
            endpoint, _ = await live(world)
            with pytest.raises(VerificationFailed):
                await ownership.verify(world.switch, endpoint.id, merchant=MERCHANT)
            assert (await now(world, endpoint)).status is EndpointStatus.PENDING

    asyncio.run(fail())


def test_another_url_is_used_once_it_is_proven_and_an_hour_has_passed(
    tmp_path: Path, new_store: NewStore, run: Run
) -> None:
    async def move() -> None:
        receiver = Receiver(proves)
        async with heard_world(tmp_path, receiver, store=new_store()) as world:
            switch, clock = world.switch, world.switch.clock
            endpoint, _ = await live(world)
            await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            there = Change(url=f"{RECEIVER}/new")
            asked = await webhooks.change_endpoint(switch, endpoint.id, there, merchant=MERCHANT)
            assert (asked.terms.url, asked.moves_at) == (f"{RECEIVER}/hooks", None)

            proven = await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            assert proven.moves_at is not None
            assert HOUR - timedelta(seconds=60) < proven.moves_at - clock() <= HOUR
            assert receiver.heard[-1].path == "/new"
            await webhooks.send_test(switch, endpoint.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 3)
            assert receiver.accepted[-1].path == "/hooks"

            switch.clock = lambda: clock() + HOUR
            await webhooks.send_test(switch, endpoint.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 4)
            assert receiver.accepted[-1].path == "/new"
            assert (await now(world, endpoint)).terms.url == f"{RECEIVER}/new"

    run(move())


def test_a_url_that_was_asked_for_by_a_thief_is_taken_back_within_the_hour(tmp_path: Path) -> None:
    async def take_back() -> None:
        receiver = Receiver(proves)
        async with heard_world(tmp_path, receiver) as world:
            switch, clock = world.switch, world.switch.clock
            endpoint, _ = await live(world)
            await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            there, back = Change(url=f"{RECEIVER}/thief"), Change(url=f"{RECEIVER}/hooks")
            await webhooks.change_endpoint(switch, endpoint.id, there, merchant=MERCHANT)
            await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            again = await webhooks.change_endpoint(switch, endpoint.id, back, merchant=MERCHANT)
            assert (again.moves_to, again.moves_at) == (None, None)
            switch.clock = lambda: clock() + HOUR
            assert (await now(world, endpoint)).terms.url == f"{RECEIVER}/hooks"

    asyncio.run(take_back())


def test_a_new_secret_of_a_live_endpoint_signs_an_hour_later(tmp_path: Path) -> None:
    """A second rotation within the hour does not put out of use the secret that signs."""

    async def rotate() -> None:
        receiver = Receiver(proves)
        async with heard_world(tmp_path, receiver) as world:
            switch, clock = world.switch, world.switch.clock
            endpoint, first = await live(world)
            await ownership.verify(switch, endpoint.id, merchant=MERCHANT)
            await webhooks.rotate_secret(switch, endpoint.id, merchant=MERCHANT)
            _, third = await webhooks.rotate_secret(switch, endpoint.id, merchant=MERCHANT)
            await webhooks.send_test(switch, endpoint.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 2)
            verified(first, receiver.accepted[-1])
            assert " " not in receiver.accepted[-1].headers["webhook-signature"]

            switch.clock = lambda: clock() + HOUR
            await webhooks.send_test(switch, endpoint.id, merchant=MERCHANT)
            await until(lambda: len(receiver.accepted) == 3)
            both = receiver.accepted[-1].headers["webhook-signature"].split(" ")
            assert len(both) == 2
            assert third != first

    asyncio.run(rotate())


def test_in_test_mode_nothing_is_asked_and_nothing_is_put_off(tmp_path: Path) -> None:
    async def change() -> None:
        async with heard_world(tmp_path, Receiver()) as world:
            switch = world.switch
            terms = EndpointTerms(f"{RECEIVER}/hooks")
            endpoint, _ = await webhooks.open_endpoint(
                switch, terms, merchant=MERCHANT, livemode=False
            )
            assert endpoint.status is EndpointStatus.ENABLED
            there = Change(url=f"{RECEIVER}/new")
            moved = await webhooks.change_endpoint(switch, endpoint.id, there, merchant=MERCHANT)
            assert (moved.terms.url, moved.moves_to) == (f"{RECEIVER}/new", None)
            rotated, _ = await webhooks.rotate_secret(switch, endpoint.id, merchant=MERCHANT)
            assert rotated.secret_from is None

    asyncio.run(change())
