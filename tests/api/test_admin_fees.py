"""F-H01: a fee typed wrong is seen before anybody pays it; two people, and a moment to come."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cross.switch.views import rfc3339
from tests.api.test_admin_attention import person
from tests.api.test_admin_merchants import Admin
from tests.api.till import Till
from tests.switch import asking
from tests.world import MERCHANT, until, wallet

PAYER = wallet("flooz", "+22896112121")
PAYEE = wallet("tmoney", "+22890112233")
PLACE = f"/merchants/{MERCHANT}/fees"


@pytest.fixture
def shared(till: Till) -> Admin:
    return Admin(till)


def fee(movement: str, *, basis_points: int, **more: Any) -> Mapping[str, Any]:
    """A schedule that is the merchant's own."""
    band = {"least": 1, "most": 10_000_000, "fixed": 0, "basis_points": basis_points, "cap": None}
    return {"name": "own", "movement": movement, "currency": "XOF", "bands": [band], **more}


def moved(shared: Admin) -> None:
    """Two payouts of 5 000 F and a collection, none of which cost anything."""

    async def move() -> None:
        switch = shared.till.switch
        for ask in (asking.payout(switch, PAYEE), asking.payout(switch, PAYEE)):
            await ask
        await asking.collection(switch, PAYER)
        await until(lambda: not switch.live)

    shared.till.run(move())


def test_other_fees_are_shown_on_what_was_moved_last_and_nothing_is_set(shared: Admin) -> None:
    """F-H01: ten times what was meant is seen as ten times; whose own fees they are is minded."""
    moved(shared)
    wish = {"fees": [fee("payout", basis_points=1_000), fee("collection", basis_points=200)]}
    for place in (f"{PLACE}/preview", "/fees/preview"):
        shown = shared.told("POST", place, wish)
        charged = {one["movement"]: one for one in shown["charged"]}
        assert charged["payout"] == {
            "movement": "payout",
            "currency": "XOF",
            "movements": 2,
            "before": 0,
            "after": 1_000,
            "changed": 2,
            "impossible": 0,
        }
        assert charged["collection"]["after"] == 99  # 2 % of what is the merchant's
        assert {(one["paid"], one["after"]) for one in shown["examples"]} == {
            (5_000, 500),
            (5_000, 99),
        }
    assert shared.told("GET", PLACE)["fees"] == []
    whole = [{"least": 1, "most": 10_000, "fixed": 6_000, "basis_points": 0, "cap": None}]
    none_left = {"fees": [{**fee("collection", basis_points=0), "bands": whole}]}
    (line,) = [
        one
        for one in shared.told("POST", f"{PLACE}/preview", none_left)["charged"]
        if one["movement"] == "collection"
    ]
    assert line["impossible"] == 1
    for place in (f"{PLACE}/preview", "/fees/preview"):
        wrong = {"fees": [fee("payout", basis_points=1, valid_from="soon")]}
        assert shared.refused("POST", place, wrong) == (422, "invalid_fees")


def test_where_money_is_real_fees_take_two_people_and_begin_at_a_moment_to_come(
    shared: Admin,
) -> None:
    """F-H01: who decides sees before, after, and what the newest movements would have cost."""
    moved(shared)
    switch = shared.till.switch
    switch.settings = replace(switch.settings, livemode=True)
    awa, kodjo = person(shared, "awa"), person(shared, "kodjo")
    to_come = rfc3339(switch.clock() + timedelta(hours=1))
    wish = {"fees": [fee("payout", basis_points=100, valid_from=to_come)]}

    assert shared.refused("PUT", PLACE, wish) == (403, "personal_token_needed")
    at_once = {"fees": [fee("payout", basis_points=100)]}
    assert awa.refused("PUT", PLACE, at_once) == (422, "invalid_fees")

    answer = awa.ask("PUT", PLACE, wish)
    proposed = json.loads(answer.body)
    assert answer.status == 202, proposed
    assert proposed["preview"]["before"] == []
    (line,) = [one for one in proposed["preview"]["on"]["charged"] if one["movement"] == "payout"]
    assert (line["movements"], line["before"], line["after"]) == (2, 0, 100)
    approve = f"/approvals/{proposed['id']}/approve"
    assert awa.refused("POST", approve) == (403, "second_person_needed")
    assert shared.told("GET", PLACE)["fees"] == []
    assert kodjo.told("POST", approve)["status"] == "applied"
    assert [one["valid_from"] for one in shared.told("GET", PLACE)["fees"]] == [to_come]

    charged = shared.till.run(asking.payout(switch, PAYEE)).price.fee.charged.amount
    assert charged == 0  # the moment has not come
    shared.till.run(until(lambda: not switch.live))
    early = switch.clock
    switch.clock = lambda: early() + timedelta(hours=2)
    charged = shared.till.run(asking.payout(switch, PAYEE)).price.fee.charged.amount
    assert charged == 50
    assert awa.refused("PUT", PLACE, {"fees": []}) == (422, "invalid_fees")
