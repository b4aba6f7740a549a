"""What is promised of every operator's callbacks, profile and settings."""

from dataclasses import replace

import pytest

from tests.operators.scene import (
    INSTALLED,
    Scene,
    Wrapped,
    callback_of,
    connected,
    of_every_operator,
    of_every_push_collection,
    perform,
    sandbox_settings,
    simulator_of,
)
from tests.simulators.stage import Stage, play


@of_every_push_collection
@pytest.mark.parametrize("last_two", ["01", "09", "11", "12", "13", "02"])
def test_every_callback_names_the_leg_and_is_acknowledged(name: str, last_two: str) -> None:
    """A forged one too: a hint moves nothing."""

    async def act(scene: Scene) -> None:
        request = scene.request(last_two)
        await scene.operator.collect(request)
        await scene.stage.advance(1)

        callbacks = scene.callbacks()

        assert callbacks
        for callback in callbacks:
            hint = scene.operator.read_callback(callback)
            assert hint.reference == request.reference
            assert hint.says
            reply = scene.operator.reply_to_callback(callback)
            assert reply.status == 200
            assert simulator_of(name).acknowledges(reply.body)

    perform(name, act)


@of_every_operator
@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"null", b"[]", b"<html>", b"{", b"[" * 100_000, b'{"a":1,"a":2}',
     b'{"a":NaN}', b"a=b&a=c", b"%", {"status": 0}, {"x": ["y"]}],
    ids=lambda body: repr(body)[:20],
)  # fmt: skip
def test_a_callback_that_says_nothing_is_answered_and_names_nobody(name: str, body: object) -> None:
    async def act(scene: Scene) -> None:
        assert scene.operator.read_callback(callback_of(body)).reference is None
        assert scene.operator.reply_to_callback(callback_of(body)).status == 200

    perform(name, act)


@of_every_operator
def test_a_profile_is_whole_and_the_connector_has_the_same(name: str) -> None:
    async def act(scene: Scene) -> None:
        profile = scene.operator.profile
        assert profile == replace(INSTALLED[name].profile, pay_out=profile.pay_out)
        assert profile.name == name
        assert profile.title
        assert profile.prefixes
        assert 0 < profile.limits.least.amount < profile.limits.most.amount
        assert profile.limits.least.currency == profile.limits.most.currency == profile.currency
        assert min(profile.answer_timeout_seconds, profile.settling_seconds) > 0
        assert profile.payer_sees.fr
        assert profile.payer_sees.en

    perform(name, act)


@of_every_operator
def test_a_setting_that_is_not_known_is_named_when_connecting(name: str) -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(ValueError, match="no_such_setting"):
            connected(name, Wrapped(stage), no_such_setting="1")

    play(act)


@of_every_operator
def test_waiting_times_can_be_set_for_every_operator(name: str) -> None:
    async def act(scene: Scene) -> None:
        assert scene.operator.profile.settling_seconds == 2
        assert scene.operator.profile.answer_timeout_seconds == 1.5
        assert scene.operator.profile.prompt_seconds == 20

    settings = {"settling_seconds": "2", "answer_timeout_seconds": "1.5", "prompt_seconds": "20"}
    perform(name, act, settings=settings)


@of_every_operator
def test_the_sandbox_can_connect_without_sending_anything(name: str) -> None:
    async def act(stage: Stage) -> None:
        assert sandbox_settings(name)
        connected(name, Wrapped(stage))
        assert (await stage.control("GET", f"requests?operator={name}"))["data"] == []

    play(act)
