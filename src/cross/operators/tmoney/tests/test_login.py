"""TMoney's tokens (operators.md 2.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from cross.operators.tmoney.login import renew_at, token_in
from cross.operators.tmoney.tests.scripted import NOW, answer, jwt, login
from cross.outbound import HttpResponse


@pytest.mark.parametrize(
    "token",
    ["jwt", "Bearer jwt", "Bearer  jwt", "Bearer Bearer jwt", "bearer jwt", " Bearer jwt "],
)
def test_a_token_is_kept_without_bearer_however_often_it_says_so(token: str) -> None:
    assert token_in(login(token)) == "jwt"


@pytest.mark.parametrize(
    "said",
    [
        {"data": {"token": "Bearer jwt"}},
        {"statut": {"code": "2000"}, "data": {"token": "jwt"}},
        {"status": {"code": "2000"}, "data": {"token": "jwt"}},
        {"status": {"code": "2000"}, "statut": {"code": "4001"}, "data": {"token": "jwt"}},
    ],
    ids=str,
)
def test_status_is_believed_before_statut_and_a_token_without_either(said: object) -> None:
    assert token_in(answer(said)) == "jwt"


@pytest.mark.parametrize(
    "said",
    [
        {}, [], {"data": None}, {"data": {}}, {"data": {"token": ""}}, {"data": {"token": None}},
        {"data": {"token": 7}}, {"data": {"token": "Bearer "}}, {"data": {"token": "a b"}},
        {"data": {"token": "a\r\nX-Evil: 1"}}, {"data": {"token": "é"}},
        {"data": {"token": "x" * 8193}}, {"statut": {"code": "4001"}, "data": {"token": "jwt"}},
        {"statut": {"code": 2000}, "data": {"token": "jwt"}},
        {"statut": [], "data": {"token": "a"}},
    ],
    ids=lambda said: str(said)[:40],
)  # fmt: skip
def test_a_login_without_a_plain_token_and_a_yes_gives_none(said: object) -> None:
    assert token_in(answer(said)) is None


def test_a_token_counts_only_with_status_200_and_in_honest_json() -> None:
    assert token_in(answer({"data": {"token": "jwt"}}, status=500)) is None
    assert token_in(HttpResponse(200, b"<html>")) is None
    assert token_in(HttpResponse(200, b'{"data":{"token":"a","token":"b"}}')) is None


def test_a_token_is_renewed_a_minute_before_its_end() -> None:
    end = NOW + timedelta(hours=2)

    assert renew_at(jwt({"exp": int(end.timestamp())}), now=NOW) == end - timedelta(seconds=60)


@pytest.mark.parametrize(
    "token",
    [
        "opaque", "a.b.c", "a.!!.c", "..", jwt([]), jwt({}), jwt({"exp": "soon"}),
        jwt({"exp": True}), jwt({"exp": -1}), jwt({"exp": 1.5}), jwt({"exp": 10**15}),
        jwt({"exp": 10**4000}),
    ],
    ids=lambda token: token[:48],
)  # fmt: skip
def test_a_token_that_tells_no_end_is_renewed_within_the_assumed_hour(token: str) -> None:
    assert renew_at(token, now=NOW) == NOW + timedelta(minutes=59)


def test_a_token_that_has_ended_by_our_clock_is_still_shown_for_a_while() -> None:
    """F-T01: a clock that differs from the operator's must not cost a login for each request."""
    ended = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())

    assert renew_at(jwt({"exp": ended}), now=NOW) == NOW + timedelta(seconds=30)


@pytest.mark.parametrize("head", ["", "!", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", "e30"])
def test_what_a_token_says_of_its_own_signature_is_not_looked_at(head: str) -> None:
    """F-S30: `none`, HS256 or nonsense: it is shown as it came, and renewed by its end."""
    end = NOW + timedelta(minutes=30)
    claims = jwt({"exp": int(end.timestamp())}).split(".")[1]
    token = f"{head}.{claims}."

    assert token_in(login(token)) == token
    assert renew_at(token, now=NOW) == end - timedelta(seconds=60)
