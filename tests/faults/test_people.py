"""What people type: a limit too high, by one of them alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.api.test_admin_attention import Person
from tests.api.test_admin_merchants import Admin
from tests.api.till import Till
from tests.world import MERCHANT

PLACE = f"/merchants/{MERCHANT}/limits"
LIMIT = "merchant.payout.day.XOF"


@pytest.fixture
def awa(till: Till) -> Person:
    return _person(till, "awa")


@pytest.fixture
def kodjo(till: Till, awa: Person) -> Person:
    del awa  # she comes first
    return _person(till, "kodjo")


def _person(till: Till, name: str) -> Person:
    return Person(till, Admin(till).told("POST", "/admins", {"name": name})["token"])


def limits_of(person: Person) -> Any:
    return person.told("GET", PLACE)


def real_money(till: Till) -> None:
    till.switch.settings = replace(till.switch.settings, livemode=True)


def test_a_limit_with_a_zero_too_many_is_seen_by_a_second_person(
    till: Till, awa: Person, kodjo: Person
) -> None:
    """F-H01, S-API-09, S-DASH-05: both numbers are shown, and until then the old one holds."""
    awa.told("PUT", PLACE, {"limits": {LIMIT: 100_000}})
    before = limits_of(awa)
    real_money(till)
    asked = awa.ask("PUT", PLACE, {"limits": {LIMIT: 1_000_000}})
    proposed = json.loads(asked.body)

    assert asked.status == 202
    assert proposed["preview"] == {"before": {LIMIT: 100_000}, "after": {LIMIT: 1_000_000}}
    assert limits_of(awa) == before
    approve = f"/approvals/{proposed['id']}/approve"
    assert awa.refused("POST", approve) == (403, "second_person_needed")
    assert kodjo.told("POST", approve)["result"] == "raised"
    assert limits_of(awa) != before


def test_to_allow_less_takes_one_person_and_holds_at_once(
    till: Till, awa: Person, kodjo: Person
) -> None:
    """F-H01, S-API-09: what it stops is no money lost."""
    del kodjo
    awa.told("PUT", PLACE, {"limits": {LIMIT: 100_000}})
    before = limits_of(awa)
    real_money(till)
    awa.told("PUT", PLACE, {"limits": {LIMIT: 10_000}})

    assert limits_of(awa) != before
