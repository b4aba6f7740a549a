"""D-Money's token: where it is fetched, how long it is shown, and the path that it pins."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cross.domain.operator import Missing, Pending, Unknown
from cross.operators import dmoney
from cross.operators.dmoney.tests.scripted import (
    NOW,
    REFUND,
    REQUEST,
    SETTINGS,
    TOKEN,
    TOKEN_PATH,
    Says,
    Scripted,
    answer,
    connected,
    found,
    no,
    ordered,
    refunded,
    yes,
)
from cross.outbound import HttpResponse, NoAnswer

SECOND = "/payment/gateway"
ORDERED = yes(ordered())
NOT_THERE = HttpResponse(404, b'{"error":"no such path"}')
TIMEOUT = NoAnswer("no answer within 30 s", sent=True)


def only_at(prefix: str) -> Callable[[str], Says | None]:
    return lambda path: TOKEN if path.startswith(f"{prefix}/payment/v1") else NOT_THERE


def test_a_token_is_asked_for_as_documented_and_shown_with_the_application_key() -> None:
    scripted = Scripted(ORDERED)

    asyncio.run(connected(scripted).collect(REQUEST))

    login, order = scripted.asked
    assert login.url == f"https://pg.example:38443{TOKEN_PATH}"
    assert json.loads(login.body) == {"appSecret": "cross-secret"}
    for asked in (login, order):
        headers = dict(asked.headers)
        assert headers["X-APP-Key"] == SETTINGS["app_key"]
        assert headers["Content-Type"] == "application/json"
        assert headers.get("Authorization") == (None if asked is login else "Bearer t-1")


@pytest.mark.parametrize("prefix", ["/apiaccess/payment/gateway", SECOND])
def test_the_prefix_that_worked_is_used_for_every_call(prefix: str) -> None:
    """F-O23."""
    scripted = Scripted(yes(ordered()), yes(found("WAIT_PAY")), login=only_at(prefix))
    operator = connected(scripted)

    async def story() -> None:
        await operator.collect(REQUEST)
        await operator.look_up_collection(REQUEST)

    asyncio.run(story())

    assert scripted.paths[-2:] == [
        f"{prefix}/payment/v1/merchant/preOrder",
        f"{prefix}/payment/v1/merchant/queryOrder",
    ]
    assert scripted.paths[0] == TOKEN_PATH
    assert len(scripted.asked) == (3 if prefix != SECOND else 4)


def test_the_pinned_prefix_stays_for_the_next_login() -> None:
    answers = iter([NOT_THERE, TOKEN, TOKEN])
    scripted = Scripted(no("1001", status=401), ORDERED, login=lambda _: next(answers))

    assert isinstance(asyncio.run(connected(scripted).collect(REQUEST)), Pending)
    assert [path for path in scripted.paths if path.endswith("/token")] == [
        TOKEN_PATH,
        f"{SECOND}/payment/v1/token",
        f"{SECOND}/payment/v1/token",
    ]


@pytest.mark.parametrize(
    "said",
    [no("1001", status=401, error="Authentication failed"), no("1001"), TIMEOUT],
    ids=["401", "1001", "silence"],
)
def test_refused_credentials_and_silence_are_not_tried_elsewhere(said: Says) -> None:
    scripted = Scripted(ORDERED, login=lambda _: said)

    got = asyncio.run(connected(scripted).collect(REQUEST))

    assert isinstance(got, Unknown)
    assert not got.sent
    assert scripted.paths == [TOKEN_PATH]


@pytest.mark.parametrize(
    "said",
    [
        NOT_THERE, HttpResponse(502, b"<html>"), HttpResponse(200, b"<html>"),
        answer({"code": "0"}), answer({"token": "", "code": "0"}), answer({"token": 7}),
        answer({"token": "t", "code": "9999"}), answer({"token": "t", "code": 0}),
        answer({"token": "t", "errorCode": "1"}), answer({"token": "a b"}),
        answer({"token": "a\r\nb"}), answer({"token": "é"}), answer({"token": "x" * 8193}),
        answer({"token": "t"}, status=201), HttpResponse(200, b'{"token":"a","token":"b"}'),
    ],
    ids=lambda said: f"{said.status} {said.body[:40]!r}",
)  # fmt: skip
def test_without_a_token_nothing_about_money_was_sent(said: HttpResponse) -> None:
    scripted = Scripted(ORDERED, login=lambda _: said)

    got = asyncio.run(connected(scripted).collect(REQUEST))

    assert isinstance(got, Unknown)
    assert not got.sent
    assert all(path.endswith("/token") for path in scripted.paths)


@pytest.mark.parametrize("token", ["t-1", "Bearer t-1", "Bearer Bearer t-1", "bearer  t-1 "])
@pytest.mark.parametrize("code", [{}, {"code": "0"}, {"code": "200"}])
def test_the_token_is_shown_with_one_bearer_however_it_came(
    token: str, code: dict[str, str]
) -> None:
    scripted = Scripted(ORDERED, login=lambda _: answer({"token": token, **code}))

    asyncio.run(connected(scripted).collect(REQUEST))

    assert dict(scripted.asked[-1].headers)["Authorization"] == "Bearer t-1"


@pytest.mark.parametrize(
    ("said", "lasts_seconds"),
    [
        ({"expires_in": 3600}, 3540),
        ({"expires_in": "600"}, 540),
        ({"expires_in": 5}, 30),
        ({"expires_in": 10**9}, 86_340),
        ({"expires_in": 600, "expirationDate": "20261122201500"}, 540),
        ({"expirationDate": "20261122141500"}, 3540),  # 11:15 UTC
        ({"expirationDate": "20261122131500"}, 30),
        ({"expirationDate": "20260231000000"}, 3540),
        ({"expirationDate": "99991231235959"}, 86_340),
        ({"expirationDate": "tomorrow", "expires_in": "soon"}, 3540),
        ({}, 3540),
    ],
)
def test_a_token_is_renewed_a_minute_before_its_end(
    said: dict[str, object], lasts_seconds: int
) -> None:
    now = [NOW]
    scripted = Scripted(
        yes(found("WAIT_PAY")), login=lambda _: answer({"token": "t-1", "code": "0", **said})
    )

    def clock() -> datetime:
        return now[0]

    operator = dmoney.connect(
        outbound=scripted, settings=SETTINGS, clock=clock, random_bits=lambda _: 1
    )

    async def logins_after(seconds: int) -> int:
        now[0] = NOW + timedelta(seconds=seconds)
        await operator.look_up_collection(REQUEST)
        return sum(path.endswith("/token") for path in scripted.paths)

    async def story() -> list[int]:
        return [await logins_after(s) for s in (0, lasts_seconds - 1, lasts_seconds)]

    assert asyncio.run(story()) == [1, 1, 2]


@pytest.mark.parametrize("said", [no("1001", status=401), no("1001"), HttpResponse(401, b"")])
@pytest.mark.parametrize("method", ["collect", "look_up_collection", "refund", "look_up_refund"])
def test_a_refused_token_costs_one_login_and_one_repeat(method: str, said: HttpResponse) -> None:
    """F-O14."""
    good = {
        "collect": ORDERED,
        "look_up_collection": yes(found("WAIT_PAY")),
        "refund": yes(refunded()),
        "look_up_refund": yes(found("PAY_SUCCESS")),
    }
    scripted = Scripted(said, good[method])
    request = REFUND if "refund" in method else REQUEST

    got = asyncio.run(getattr(connected(scripted), method)(request))

    assert not isinstance(got, Unknown)
    first, second = scripted.bodies
    assert first["biz_content"] == second["biz_content"]
    assert first["nonce_str"] != second["nonce_str"]
    assert isinstance(got, Missing) is (method == "look_up_refund")


@pytest.mark.parametrize("method", ["collect", "look_up_collection"])
def test_a_second_refusal_of_the_token_is_unknown_and_ends_it(method: str) -> None:
    scripted = Scripted(no("1001", status=401))

    got = asyncio.run(getattr(connected(scripted), method)(REQUEST))

    assert isinstance(got, Unknown)
    assert got.sent
    assert len(scripted.bodies) == 2


def test_fifty_concurrent_requests_share_one_login() -> None:
    scripted = Scripted(ORDERED)
    operator = connected(scripted)

    async def story() -> None:
        await asyncio.gather(*(operator.collect(REQUEST) for _ in range(50)))

    asyncio.run(story())

    assert scripted.paths.count(TOKEN_PATH) == 1
    assert len(scripted.asked) == 51
