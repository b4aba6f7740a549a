"""What a key opens: from where, how often, for whom; where it may not be at all."""

import json
from typing import Any

import pytest
import structlog

from cross.api.callers import LOOKUP_CALLS
from cross.domain.limits import UNHINDERED
from cross.switch import keys, limits, merchants
from cross.switch.keys import KeyWish
from cross.switch.limits import BURST_SECONDS, KeyLimit, SourceLimit
from tests.api.conftest import till_in
from tests.api.till import COLLECTION, PAYOUT, Answer, Till
from tests.world import MERCHANT

PEER = "192.0.2.7"  # tests.api.till: who calls


def keyed(till: Till, **wish: Any) -> Till:
    """The till of a merchant of its own, with such a key."""

    async def opened() -> str:
        made = await merchants.open_merchant(till.switch, "Épicerie", who="ama")
        fresh = await keys.open_key(till.switch, made.id, KeyWish(**wish), who="ama")
        return fresh.secret

    another = Till(till.world, till.run)
    another.secret = till.run(opened())
    return another


@pytest.mark.parametrize("network", ["192.0.2.0/24", "192.0.2.7/32", "0.0.0.0/0"])
def test_a_key_opens_from_its_networks(asking: Till, network: str) -> None:
    assert keyed(asking, networks=("2001:db8::/32", network)).get("/v1/balances").status == 200


@pytest.mark.parametrize("network", ["198.51.100.0/24", "192.0.2.8/32", "::/0"])
def test_a_key_opens_nothing_from_elsewhere(asking: Till, network: str) -> None:
    """S-API-10: it is the real peer that counts, whatever a header says."""
    till = keyed(asking, networks=(network,))
    for headers in ({}, {"x_forwarded_for": "198.51.100.1"}):
        assert till.get("/v1/balances", **headers).refuses(403, "network_not_allowed")


def test_a_key_without_the_scope_of_admins_is_what_a_merchant_gets(asking: Till) -> None:
    assert keys.MERCHANT_SCOPES == ("read", "collect", "pay_out", "transfer", "refund")
    assert keyed(asking).get("/v1/balances").status == 200
    assert (
        keyed(asking, scopes=("read",))
        .post("/v1/payouts", PAYOUT)
        .refuses(403, "missing_scope", "pay_out")
    )


def test_a_suspended_merchant_is_refused_every_call(till: Till) -> None:
    till.run(merchants.suspend(till.switch, MERCHANT, who="ama"))
    assert till.get("/v1/balances").refuses(403, "merchant_suspended")
    assert till.post("/v1/collections", COLLECTION).refuses(403, "merchant_suspended")
    till.run(merchants.reinstate(till.switch, MERCHANT, who="ama"))
    assert till.get("/v1/balances").status == 200


@pytest.fixture
def slow(till: Till, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A switch that lets a key call ten times at once, in a world where no time passes."""
    monkeypatch.setattr(limits, "monotonic_seconds", lambda: 1_000.0)
    till.switch.key_limit = KeyLimit(apart_seconds=1)
    return till


def test_a_key_makes_so_many_calls_and_is_told_to_wait(slow: Till) -> None:
    """S-API-08: counted by key; another's calls are its own."""
    for _ in range(BURST_SECONDS):
        assert slow.get("/v1/balances").status == 200
    refused = slow.get("/v1/balances")
    assert refused.refuses(429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= BURST_SECONDS
    assert refused.content["retryable"] is True
    assert keyed(slow).get("/v1/balances").status == 200


def test_a_look_up_counts_ten_times(slow: Till) -> None:
    assert LOOKUP_CALLS == BURST_SECONDS
    path = "/v1/operators/lookup?msisdn=90112233"
    assert slow.get(path).status == 200
    refused = slow.get(path)
    assert refused.refuses(429, "rate_limited")
    assert 1 < int(refused.headers["retry-after"]) <= BURST_SECONDS


def test_a_limit_is_told_with_its_name_and_when_it_frees(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bounded = {
        **UNHINDERED,
        "payer.collection.day.count": 1,
        "merchant.payout.movement.XOF": 1_000,
    }
    with till_in(tmp_path_factory.mktemp("bounded"), limits=bounded) as till:
        assert till.post("/v1/collections", COLLECTION, key="once").status == 202
        soon = till.post("/v1/collections", COLLECTION)
        assert soon.refuses(429, "velocity_exceeded")
        assert (soon.content["category"], soon.content["retryable"]) == ("limit", True)
        assert soon.content["limit"]["name"] == "payer.collection.day.count"
        assert soon.content["limit"]["most"] == 1
        assert soon.content["limit"]["frees_at"].endswith("T00:00:00.000Z")
        assert 0 < int(soon.headers["retry-after"]) <= 86_400
        assert till.post("/v1/collections", COLLECTION, key="once").status == 202

        never = till.post("/v1/payouts", PAYOUT)
        assert never.refuses(422, "limit_exceeded", "amount")
        assert (never.content["retryable"], never.content["limit"]["frees_at"]) == (False, None)


@pytest.mark.parametrize("place", ["path", "query", "body"])
def test_a_key_elsewhere_is_refused_and_noted(asking: Till, place: str) -> None:
    """S-API-02, F-S07: also a key that is nobody's, and without telling it to the log."""
    secret = keys.new_secret(asking.switch.random_bits, livemode=False)
    with structlog.testing.capture_logs() as logs:
        if place == "body":
            answer = asking.post("/v1/payouts", {**PAYOUT, "description": secret})
        else:
            path = f"/v1/payouts/{secret}" if place == "path" else f"/v1/payouts?reference={secret}"
            answer = asking.get(path)
    assert answer.refuses(400, "key_outside_header")
    assert "key_outside_header" in [line["event"] for line in logs]
    assert secret not in json.dumps(logs, default=str)
    assert secret not in answer.body.decode()


@pytest.fixture
def besieged(till: Till, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A switch that takes ten calls of strangers from a source, where no time passes."""
    monkeypatch.setattr(limits, "monotonic_seconds", lambda: 1_000.0)
    till.switch.stranger_limit = SourceLimit(apart_seconds=1)
    return till


def guessed(till: Till, number: int) -> Answer:
    return till.get("/v1/balances", authorization=f"Bearer sk_test_guess{number}")


def test_who_guesses_keys_is_soon_not_listened_to(besieged: Till) -> None:
    """S-API-08, F-S08: not one guess more reaches the books."""
    for number in range(BURST_SECONDS):
        assert guessed(besieged, number).refuses(401, "unknown_key")
    refused = guessed(besieged, 10)
    assert refused.refuses(429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= 1
    assert besieged.get("/v1/balances", authorization="").refuses(429, "rate_limited")


def test_calls_without_a_key_are_counted_too(besieged: Till) -> None:
    for _ in range(BURST_SECONDS):
        answer = besieged.get("/v1/balances", authorization="")
        assert answer.refuses(401, "authentication_required")
    assert besieged.get("/v1/balances", authorization="").refuses(429, "rate_limited")


def test_guesses_lock_nobody_out_who_was_here_before(besieged: Till) -> None:
    """A key in use goes on, also once everything was read anew; a revoked one is a guess again."""
    switch, another = besieged.switch, keyed(besieged)
    assert besieged.get("/v1/balances").status == 200
    assert another.get("/v1/balances").status == 200
    for number in range(BURST_SECONDS + 1):
        guessed(besieged, number)
    theirs = besieged.run(keys.caller_of(switch, another.secret))
    assert theirs is not None
    besieged.run(keys.revoke(switch, theirs.key, who="ama"))
    assert besieged.get("/v1/balances").status == 200
    assert another.get("/v1/balances").refuses(401, "unknown_key")
    assert another.get("/v1/balances").refuses(429, "rate_limited")
