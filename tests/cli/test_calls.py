"""An order whose answer is lost is repeated with the same key, and never silently given up."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest

from cross.cli.calls import TRIES, Calls
from cross.cli.screen import NOT_FINAL, Failed
from cross.outbound import HttpRequest, HttpResponse, NoAnswer

LOST = NoAnswer("no answer within the deadline", sent=True)
ACCEPTED = HttpResponse(202, b'{"id": "trf_1"}')


@dataclass
class Script:
    """A network that does what it is told, one thing a request."""

    answers: list[HttpResponse | NoAnswer]
    heard: list[HttpRequest] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.heard.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def open(self, key: str | None = None) -> object:
        calls = Calls(self, "http://switch.example", "sk_test_x", pause_seconds=0)
        return asyncio.run(calls.open("/v1/transfers", {"amount": 1}, key=key))

    @property
    def keys(self) -> set[str]:
        return {dict(request.headers)["Idempotency-Key"] for request in self.heard}


def _problem(status: int, code: str) -> HttpResponse:
    return HttpResponse(status, json.dumps({"code": code, "detail": "so it is"}).encode())


@pytest.mark.parametrize(
    "first", [LOST, _problem(409, "request_in_progress"), _problem(503, "unavailable")]
)
def test_an_order_without_a_last_word_is_repeated_with_its_key(
    first: HttpResponse | NoAnswer,
) -> None:
    script = Script([first, ACCEPTED])

    assert script.open() == {"id": "trf_1"}
    assert len(script.heard) == 2
    assert len(script.keys) == 1
    assert script.heard[0].body == script.heard[1].body


def test_every_command_has_a_key_of_its_own() -> None:
    one, other = Script([ACCEPTED]), Script([ACCEPTED])
    one.open()
    other.open()

    assert not one.keys & other.keys


def test_a_given_key_is_the_one_that_is_sent() -> None:
    script = Script([ACCEPTED])
    script.open("CMD-7")

    assert script.keys == {"CMD-7"}


def test_silence_to_the_end_is_unknown_and_tells_the_key() -> None:
    script = Script([LOST] * TRIES)
    with pytest.raises(Failed) as failed:
        script.open("CMD-7")

    assert failed.value.code == NOT_FINAL
    assert "--key CMD-7" in failed.value.en


def test_a_switch_that_was_never_reached_has_accepted_nothing() -> None:
    script = Script([NoAnswer("no connection", sent=False)])
    with pytest.raises(Failed) as failed:
        script.open()

    assert failed.value.code == 1
    assert len(script.heard) == 1


def test_a_refusal_is_not_asked_for_again() -> None:
    script = Script([_problem(422, "float_too_low")])
    with pytest.raises(Failed) as failed:
        script.open()

    assert len(script.heard) == 1
    assert failed.value.en == "float_too_low: so it is"
    assert failed.value.problem == {"code": "float_too_low", "detail": "so it is"}


def test_an_answer_that_is_no_json_is_told_with_its_status() -> None:
    script = Script([HttpResponse(404, b"<html>not here</html>")])
    with pytest.raises(Failed) as failed:
        script.open()

    assert failed.value.en == "HTTP 404: http://switch.example"


@pytest.mark.parametrize("code", ["operator_stopped", "operator_unavailable", "quarantined"])
def test_a_stop_is_told_as_it_is_and_not_waited_for(code: str) -> None:
    """I-46: it proves that nothing was accepted."""
    script = Script([_problem(503, code)])
    with pytest.raises(Failed) as failed:
        script.open()

    assert len(script.heard) == 1
    assert (failed.value.problem or {})["code"] == code


def test_no_room_to_the_end_is_a_refusal_unless_once_there_was_no_answer() -> None:
    """I-31: each *overloaded* proves that nothing was stored; a silence proves nothing."""
    full = Script([_problem(503, "overloaded")] * TRIES)
    with pytest.raises(Failed) as refused:
        full.open()
    assert (refused.value.problem or {})["code"] == "overloaded"

    doubtful = Script([LOST, *[_problem(503, "overloaded")] * (TRIES - 1)])
    with pytest.raises(Failed) as unknown:
        doubtful.open()
    assert unknown.value.code == NOT_FINAL
