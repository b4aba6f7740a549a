"""`/admin/attention`, `/admin/approvals`, `/admin/admins`: two people, and nobody alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cross.switch import cases
from tests.api.test_admin_merchants import Admin
from tests.api.till import Till
from tests.switch import deciding
from tests.world import MERCHANT

EVIDENCE = {"reason": "they say so", "evidence": "letter 4711"}


class Person(Admin):
    """An admin with a token of his own."""

    def __init__(self, till: Till, token: str) -> None:
        super().__init__(till)
        self.token = token


@pytest.fixture
def shared(till: Till) -> Admin:
    return Admin(till)


def person(shared: Admin, name: str) -> Person:
    return Person(shared.till, shared.told("POST", "/admins", {"name": name})["token"])


def gathered(till: Till) -> Any:
    """A collection of unknown outcome, with its case."""
    till.run(deciding.flagged_collection(till.world))
    till.run(cases.gather(till.switch))


def test_a_persons_token_is_told_once_and_opens_what_an_admins_does(shared: Admin) -> None:
    awa = person(shared, "awa")

    assert awa.told("GET", "/keys")["object"] == "list"
    awa.told("POST", "/merchants", {"name": "Épicerie"})
    (line,) = [one for one in awa.told("GET", "/audit")["data"] if one["action"] == "merchants.add"]
    assert line["who"] == "awa"  # whatever X-Cross-Admin says
    assert shared.refused("POST", "/admins", {"name": "awa"}) == (409, "name_taken")
    reading = shared.till.switch.store.rows
    for sql in ("SELECT * FROM admins", "SELECT * FROM audit"):
        assert awa.token not in repr(shared.till.run(reading(sql, {})))


def test_a_revoked_token_opens_nothing_and_its_name_is_free(shared: Admin) -> None:
    awa = person(shared, "awa")
    (found,) = shared.told("GET", "/admins")["data"]
    for _ in range(2):
        assert shared.told("POST", f"/admins/{found['id']}/revoke")["status"] == "revoked"

    assert awa.ask("GET", "/keys").status == 404
    assert awa.ask("GET", "/nothing").status == 404
    assert person(shared, "awa").told("GET", "/keys")["data"]
    for wrong in ("admp_", "admp_0", f"{awa.token}A", awa.token.lower()):
        assert Person(shared.till, wrong).ask("GET", "/keys").status == 404


def test_from_the_third_on_it_takes_two_to_make_another_person(shared: Admin) -> None:
    """I-35: else whoever can add people is as many as he likes."""
    awa, kodjo = person(shared, "awa"), person(shared, "kodjo")
    assert shared.refused("POST", "/admins", {"name": "me"}) == (403, "personal_token_needed")

    added = awa.told("POST", "/admins", {"name": "sena"})
    sena = Person(shared.till, added["token"])
    assert (added["status"], sena.ask("GET", "/keys").status) == ("unconfirmed", 404)
    place = f"/approvals/{added['approval']}/approve"
    assert awa.refused("POST", place) == (403, "second_person_needed")
    assert kodjo.told("POST", place)["result"] == "active"
    assert sena.told("GET", "/admins")["data"][0]["confirmed_by"] == "kodjo"


def test_what_waits_is_listed_shown_given_noted_and_resolved(shared: Admin) -> None:
    gathered(shared.till)
    awa, kodjo = person(shared, "awa"), person(shared, "kodjo")
    (case,) = shared.told("GET", "/attention")["data"]
    assert (case["reason"], case["owner"], case["overdue"]) == (
        "operator_silent",
        "operations",
        False,
    )
    assert case["next_action"].startswith("requery")
    place = f"/attention/{case['id']}"
    awa.told("POST", f"{place}/assign", {"owner": "awa"})
    shown = awa.told("POST", f"{place}/note", {"note": "they call back"})
    assert shown["history"][0]["what"] == {"note": "they call back"}
    for words in (
        "owner=awa&source=movement",
        "reason=operator_silent",
        f"movement={case['about']}",
    ):
        assert len(shared.told("GET", f"/attention?{words}")["data"]) == 1
    for words in ("overdue=true", "status=closed", "owner=operations"):
        assert shared.told("GET", f"/attention?{words}")["data"] == []
    for words in ("overdue=yes", "status=late", "source=sky"):
        assert shared.refused("GET", f"/attention?{words}") == (422, "invalid_parameter")

    wish = {"fix": "refused", **EVIDENCE}
    refused = {**wish, "evidence": None}
    assert awa.refused("POST", f"{place}/resolve", {"fix": "refused", "reason": "x"})[1] == (
        "fix_not_possible"
    )
    assert awa.refused("POST", f"{place}/resolve", refused)[0] == 409
    assert shared.refused("POST", f"{place}/resolve", wish) == (403, "personal_token_needed")
    proposed = awa.told("POST", f"{place}/resolve", wish)
    assert (proposed["status"], proposed["people"]) == ("proposed", 2)
    assert proposed["preview"]["after"] == "failed"
    assert kodjo.refused("POST", f"{place}/resolve", wish) == (409, "approval_open")
    listed = shared.told("GET", "/approvals?status=proposed")["data"]
    assert [one["id"] for one in listed] == [proposed["id"]]
    way = f"/approvals/{proposed['id']}"
    assert shared.refused("POST", f"{way}/approve") == (403, "personal_token_needed")
    assert kodjo.told("POST", f"{way}/approve")["status"] == "applied"
    assert shared.refused("POST", f"{way}/reject") == (409, "approval_closed")
    assert shared.told("GET", place)["status"] == "closed"
    assert shared.refused("GET", "/attention/cas_nothing") == (404, "not_found")


def test_asking_the_operator_again_takes_one_person_and_no_token_of_his(shared: Admin) -> None:
    gathered(shared.till)
    connector: Any = shared.till.switch.operators["flooz"]
    del connector.look_up_collection
    (case,) = shared.told("GET", "/attention")["data"]

    shown = shared.told("POST", f"/attention/{case['id']}/requery")
    assert [one["action"] for one in shown["history"]][-1] == "attention.requery"
    shared.till.at_rest()


def test_cases_come_in_the_order_of_their_deadlines_page_by_page(shared: Admin) -> None:
    till = shared.till
    for operator in ("flooz", "tmoney"):
        till.run(deciding.flagged_collection(till.world, operator=operator))
    till.run(cases.gather(till.switch))

    whole = shared.told("GET", "/attention")["data"]
    first = shared.told("GET", "/attention?limit=1")
    rest = shared.told("GET", f"/attention?limit=1&starting_after={first['next_cursor']}")
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert [first["data"][0]["id"], rest["data"][0]["id"]] == [one["id"] for one in whole]
    assert json.dumps(whole).count("deadline") == 2


def test_where_money_is_real_it_takes_two_to_raise_a_limit_and_one_to_lower_it(
    shared: Admin,
) -> None:
    """S-API-09, F-H01."""
    till, place = shared.till, f"/merchants/{MERCHANT}/limits"
    name = "payer.any.day.XOF"
    shared.told("PUT", place, {"limits": {name: 5_000}})
    till.switch.settings = replace(till.switch.settings, livemode=True)
    awa, kodjo = person(shared, "awa"), person(shared, "kodjo")
    for raised in (5_001, None):
        wish = {"limits": {name: raised}}
        assert shared.refused("PUT", place, wish) == (403, "personal_token_needed")
    assert {"name": name, "most": 4_000, "house": None} in shared.told(
        "PUT", place, {"limits": {name: 4_000}}
    )["limits"]

    answer = awa.ask("PUT", place, {"limits": {name: 9_000}})
    proposed = json.loads(answer.body)
    assert (answer.status, proposed["preview"]) == (
        202,
        {"before": {name: 4_000}, "after": {name: 9_000}},
    )
    way = f"/approvals/{proposed['id']}/approve"
    assert awa.refused("POST", way) == (403, "second_person_needed")
    assert {"name": name, "most": 4_000, "house": None} in shared.told("GET", place)["limits"]
    assert kodjo.told("POST", way)["status"] == "applied"
    assert {"name": name, "most": 9_000, "house": None} in shared.told("GET", place)["limits"]
