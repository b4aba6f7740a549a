"""Callback routes are limited by source (api.md section 5), each source by itself."""

from pathlib import Path

import pytest

from cross.switch.limits import BURST_SECONDS, SOURCES_MAX, SourceLimit, source_of
from tests.api.conftest import till_in
from tests.api.till import Answer, Till


def knock(till: Till, path: str) -> Answer:
    headers = {"content-type": "application/json"}
    return till.run(till.call("POST", path, body=b"{}", headers=headers))


@pytest.mark.parametrize("known", [True, False])
def test_who_knocks_too_often_is_told_when_to_come_again(tmp_path: Path, *, known: bool) -> None:
    with till_in(tmp_path, callbacks_per_second=0.5) as till:
        token = till.switch.callback_tokens["tmoney"] if known else "0" * 40
        path = f"/callbacks/tmoney/{token}"
        answers = [knock(till, path) for _ in range(int(0.5 * BURST_SECONDS) + 1)]

        assert {answer.status for answer in answers[:-1]} == {200 if known else 404}
        assert answers[-1].refuses(429, "rate_limited")
        assert answers[-1].headers["retry-after"] == "1"
        assert till.get("/v1/operators").status == 200


def test_a_source_gets_its_share_again_and_others_have_theirs(till: Till) -> None:
    async def scenario() -> None:
        limit = SourceLimit(apart_seconds=5.0)
        assert limit.allows("a")
        assert limit.allows("a")
        assert not limit.allows("a")
        assert limit.allows("b")
        for number in range(SOURCES_MAX):
            limit.allows(f"s{number}")
        assert len(limit._taken_until_seconds) == SOURCES_MAX
        assert limit.allows("a")

    till.run(scenario())


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002::"),
        ("2001:db8:1:2:ffff::1", "20010db800010002::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_network_of_addresses_is_one_source(peer: str, source: str) -> None:
    assert source_of(peer) == source
