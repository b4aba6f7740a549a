"""What TMoney's connector asks, and what it makes of silence."""

import asyncio
from datetime import timedelta

import pytest

from cross.domain.money import xof
from cross.domain.operator import Missing, Operator, Outcome, Pending, Succeeded, Unknown
from cross.operators import tmoney
from cross.operators.tmoney.tests.scripted import (
    NOW,
    REFERENCE,
    REQUEST,
    SETTINGS,
    Scripted,
    acknowledgement,
    answer,
    connected,
    credited,
    jwt,
    login,
    tmoney_saying,
    transaction,
)
from cross.outbound import HttpResponse, NoAnswer

TIMEOUT = NoAnswer("no answer within 30 s", sent=True)
UNREACHABLE = NoAnswer("connection refused", sent=False)
NOT_SIGNED_IN = answer({"code": "403", "message": "Not signed in", "description": ""})
EXPIRED = answer({"fault": {"code": 900901, "message": "Invalid Credentials"}}, status=401)
ACCEPTED = answer(acknowledgement())
CREDITED = answer(credited())
HOSTILE = [
    HttpResponse(200, b'{"code":"2000","idRequete":"CRX01'),  # F-N05
    HttpResponse(200, b"<html><body>Bad Gateway</body></html>"),  # F-N13
    HttpResponse(502, b"<html><body>Bad Gateway</body></html>"),
    HttpResponse(302, b""),  # F-N11
    HttpResponse(200, b""),
    HttpResponse(200, b'{"data":' + b"[" * 100_000),
    HttpResponse(200, b'{"code":"2000","code":"2002","statutRequete":"SUCCES"}'),
    HttpResponse(200, b'{"montant":NaN,"statutRequete":"SUCCES","code":"2002"}'),
    HttpResponse(200, b'{"montant":' + b"9" * 5_000 + b"}"),
]


def do(operator: Operator, method: str) -> Outcome | Missing:
    said: Outcome | Missing = asyncio.run(getattr(operator, method)(REQUEST))
    return said


EFFECTS = ("collect", "pay_out")
QUERIES = ("look_up_collection", "look_up_payout")


def test_each_method_asks_at_its_own_address_with_one_bearer() -> None:
    operator, said = tmoney_saying(ACCEPTED)

    for method in (*EFFECTS, *QUERIES):
        do(operator, method)

    assert [(asked.method, asked.url) for asked in said.asked] == [
        ("POST", "https://push.example/tmoney-middleware/debit"),
        ("POST", "https://gate.example/api/tpcredit"),
        ("GET", f"https://push.example/tmoney-middleware/transactionid?idRequete={REFERENCE}"),
        ("GET", f"https://gate.example/api/tpcredit/check-transaction-id?idRequete={REFERENCE}"),
    ]
    for asked in said.asked:
        assert dict(asked.headers)["Authorization"] == "Bearer jwt-1"
        assert asked.deadline_seconds == 30
    assert [asked.url for asked in said.logins] == ["https://gate.example/login"]


def test_production_has_other_paths_and_a_slower_gateway_more_time() -> None:
    said = Scripted(lambda _: ACCEPTED)
    settings = {
        **SETTINGS,
        "debit_url": "https://gw.example/push-api/v1/",
        "debit_path": "/debit",
        "answer_timeout_seconds": "45",
        "settling_seconds": "90",
    }
    operator = tmoney.connect(
        outbound=said, settings=settings, clock=lambda: NOW, random_bits=lambda _: 0
    )

    do(operator, "collect")

    assert said.asked[0].url == "https://gw.example/push-api/v1/debit"
    assert said.asked[0].deadline_seconds == 45
    assert operator.profile.settling_seconds == 90
    assert operator.profile.name == tmoney.PROFILE.name


def test_a_debit_is_pending_a_credit_done_and_both_can_be_asked_about() -> None:
    assert do(tmoney_saying(ACCEPTED)[0], "collect") == Pending()
    assert do(tmoney_saying(CREDITED)[0], "pay_out") == Succeeded("104455667", xof(1500))
    found = answer({"total": 1, "data": [transaction()]})
    assert do(tmoney_saying(found)[0], "look_up_collection") == Succeeded("104455667", xof(1500))
    empty = answer({"total": 0, "data": []})
    assert do(tmoney_saying(empty)[0], "look_up_payout") == Missing()


@pytest.mark.parametrize("method", EFFECTS)
def test_silence_after_sending_is_unknown_and_before_it_provably_nothing(method: str) -> None:
    assert do(tmoney_saying(TIMEOUT)[0], method) == Unknown(TIMEOUT.detail)
    assert do(tmoney_saying(UNREACHABLE)[0], method) == Unknown(UNREACHABLE.detail, sent=False)


@pytest.mark.parametrize("method", QUERIES)
def test_a_query_that_never_left_says_nothing_of_the_request_it_asks_about(method: str) -> None:
    assert do(tmoney_saying(UNREACHABLE)[0], method) == Unknown(UNREACHABLE.detail, sent=True)


@pytest.mark.parametrize("method", [*EFFECTS, *QUERIES])
@pytest.mark.parametrize("said", HOSTILE, ids=lambda said: f"{said.status} {said.body[:24]!r}")
def test_a_hostile_answer_is_unknown(method: str, said: HttpResponse) -> None:
    """F-N05, F-N13."""
    got = do(tmoney_saying(said)[0], method)

    assert isinstance(got, Unknown)
    assert got.sent


@pytest.mark.parametrize("method", EFFECTS)
def test_a_repeated_reference_is_asked_about_and_never_taken_for_a_refusal(method: str) -> None:
    duplicate = answer(acknowledgement(code="4001", message="Request already submitted"))

    assert isinstance(do(tmoney_saying(duplicate)[0], method), Unknown)


@pytest.mark.parametrize("refused", [NOT_SIGNED_IN, EXPIRED])
@pytest.mark.parametrize(("method", "body"), [("collect", ACCEPTED), ("pay_out", CREDITED)])
def test_a_refused_token_costs_one_login_and_one_repeat_of_the_same_request(
    method: str, refused: HttpResponse, body: HttpResponse
) -> None:
    operator, said = tmoney_saying(refused, body)

    assert isinstance(do(operator, method), Pending | Succeeded)
    assert len(said.logins) == 2
    assert said.asked[0].body == said.asked[1].body
    assert [dict(asked.headers)["Authorization"] for asked in said.asked] == [
        "Bearer jwt-1",
        "Bearer jwt-2",
    ]


@pytest.mark.parametrize("refused", [NOT_SIGNED_IN, EXPIRED])
@pytest.mark.parametrize("method", [*EFFECTS, *QUERIES])
def test_a_second_refusal_of_the_token_is_unknown_and_ends_it(
    method: str, refused: HttpResponse
) -> None:
    operator, said = tmoney_saying(refused)

    got = do(operator, method)

    assert isinstance(got, Unknown)
    assert got.sent
    assert len(said.asked) == 2
    assert len(said.logins) == 2


def test_after_a_refused_token_nothing_is_promised_not_to_have_left() -> None:
    """The first request did leave: `sent=False` would let it be sent again at will."""
    operator, _ = tmoney_saying(EXPIRED, UNREACHABLE)
    assert do(operator, "pay_out") == Unknown(UNREACHABLE.detail, sent=True)

    operator, said = tmoney_saying(EXPIRED)

    async def story() -> Outcome:
        await operator.look_up_payout(REQUEST)
        said.login_says = UNREACHABLE
        return await operator.pay_out(REQUEST)

    assert asyncio.run(story()) == Unknown(f"login: {UNREACHABLE.detail}", sent=True)


@pytest.mark.parametrize(
    "refused",
    [
        TIMEOUT,
        UNREACHABLE,
        answer({"statut": {"code": "4001", "description": "mauvais mot de passe"}}),
        HttpResponse(502, b"<html>"),
        HttpResponse(200, b"<html>"),
        login(""),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", EFFECTS)
def test_without_a_login_nothing_about_money_was_sent(
    method: str, refused: HttpResponse | NoAnswer
) -> None:
    said = Scripted(lambda _: ACCEPTED)
    said.login_says = refused

    got = do(connected(said), method)

    assert isinstance(got, Unknown)
    assert not got.sent
    assert said.asked == []


def test_fifty_concurrent_requests_share_one_login_and_one_renewal() -> None:
    """F-O14."""
    expired = False

    def says(request: object) -> HttpResponse:
        del request
        return EXPIRED if expired and len(said.logins) < 2 else CREDITED

    said = Scripted(says)
    operator = connected(said)

    async def story() -> list[Outcome]:
        nonlocal expired
        await asyncio.gather(*(operator.pay_out(REQUEST) for _ in range(50)))
        assert len(said.logins) == 1
        expired = True
        return await asyncio.gather(*(operator.pay_out(REQUEST) for _ in range(50)))

    assert all(isinstance(got, Succeeded) for got in asyncio.run(story()))
    assert len(said.logins) == 2
    assert len(said.asked) == 150


def test_a_token_is_renewed_before_it_ends_by_the_clock() -> None:
    now = NOW
    said = Scripted(lambda _: CREDITED)
    said.login_says = login("Bearer " + jwt({"exp": int((NOW + timedelta(hours=1)).timestamp())}))
    operator = connected(said, lambda: now)

    async def story() -> None:
        nonlocal now
        await operator.pay_out(REQUEST)
        now += timedelta(seconds=3539)
        await operator.pay_out(REQUEST)
        assert len(said.logins) == 1
        now += timedelta(seconds=1)
        await operator.pay_out(REQUEST)
        assert len(said.logins) == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    "name", ["login_url", "credit_url", "debit_url", "nomUtilisateur", "motDePasse"]
)
def test_a_missing_setting_is_named_when_connecting(name: str) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != name}

    with pytest.raises(ValueError, match=name):
        tmoney.connect(
            outbound=Scripted(lambda _: ACCEPTED),
            settings=settings,
            clock=lambda: NOW,
            random_bits=lambda _: 0,
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("debit_url", "push.example"), ("login_url", "ftp://gate.example"), ("debit_path", "debit"),
        ("answer_timeout_seconds", "soon"), ("settling_seconds", "-1"), ("mot_de_passe", "x"),
    ],
)  # fmt: skip
def test_a_malformed_or_unknown_setting_is_named_and_no_value_is_shown(
    name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=name) as refusal:
        tmoney.connect(
            outbound=Scripted(lambda _: ACCEPTED),
            settings={**SETTINGS, name: value},
            clock=lambda: NOW,
            random_bits=lambda _: 0,
        )
    assert "cross-secret" not in str(refusal.value)
