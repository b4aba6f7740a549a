"""`/admin/merchants` and `/admin/keys`: for who can read the master key, and for nobody else."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cross.bootstrap import front_door
from cross.outbound import HttpRequest, HttpResponse
from cross.simulation.loopback import AsgiOutbound
from tests.api.till import Till
from tests.world import MERCHANT, quick_settings

HOUSE = "http://house"


class Admin:
    """Calls `/admin` of a till's switch, as whoever can read its master key."""

    def __init__(self, till: Till) -> None:
        self.till = till
        settings = quick_settings().model_copy(
            update={"admin_networks": till.switch.settings.admin_networks}
        )
        self._network = AsgiOutbound({HOUSE: front_door(till.switch, settings)})
        self.token = till.switch.seals.admin_tokens()[0]

    def ask(self, method: str, path: str, content: object = None) -> HttpResponse:
        """The answer to a call."""
        headers = (
            ("Authorization", f"Bearer {self.token}"),
            ("X-Cross-Admin", "ama"),
            ("Content-Type", "application/json"),
        )
        body = b"" if content is None else json.dumps(content).encode()
        request = HttpRequest(method, f"{HOUSE}/admin{path}", headers, body)
        return self.till.run(self._network.send(request))

    def told(self, method: str, path: str, content: object = None) -> Any:
        """What a call that is taken answers."""
        answer = self.ask(method, path, content)
        assert answer.status in (200, 201), answer.body
        return json.loads(answer.body)

    def refused(self, method: str, path: str, content: object = None) -> tuple[int, str]:
        """How a call is refused."""
        answer = self.ask(method, path, content)
        return answer.status, json.loads(answer.body)["code"]


@pytest.fixture
def admin(till: Till) -> Admin:
    return Admin(till)


def made(admin: Admin, **wish: object) -> Mapping[str, Any]:
    merchant = admin.told("POST", "/merchants", {"name": "Épicerie"})
    found: Mapping[str, Any] = admin.told("POST", "/keys", {"merchant": merchant["id"], **wish})
    return found


def test_a_merchant_is_opened_listed_changed_and_suspended(admin: Admin) -> None:
    merchant = admin.told("POST", "/merchants", {"name": "Épicerie"})
    assert (merchant["status"], merchant["version"]) == ("active", 1)
    place = f"/merchants/{merchant['id']}"
    assert admin.told("GET", place) == merchant
    listed = admin.told("GET", "/merchants")
    assert {one["id"] for one in listed["data"]} == {merchant["id"], MERCHANT}

    changed = admin.told("PUT", place, {"name": "Boulangerie", "hears_house": False})
    assert (changed["name"], changed["hears_house"], changed["version"]) == (
        "Boulangerie",
        False,
        2,
    )
    assert admin.told("POST", f"{place}/suspend")["status"] == "suspended"
    assert admin.told("POST", f"{place}/suspend")["version"] == 3
    assert admin.told("POST", f"{place}/reinstate")["status"] == "active"


def test_a_keys_secret_is_told_once_and_kept_nowhere(admin: Admin) -> None:
    """S-API-01."""
    key = made(admin, name="caisse", scopes=["read"], networks=["192.0.2.7"], expires_in_days=30)
    assert key["secret"].startswith(key["starts"])
    assert len(key["starts"]) == len("sk_test_") + 6
    assert (key["scopes"], key["networks"], key["status"]) == (["read"], ["192.0.2.7/32"], "active")
    told = admin.told("GET", f"/keys/{key['id']}")
    assert told == {name: value for name, value in key.items() if name != "secret"}
    found = admin.told("GET", f"/keys?merchant={key['merchant']}")
    assert found["data"] == [told]

    reading = admin.till.switch.store.rows
    for sql in ("SELECT * FROM api_keys", "SELECT * FROM audit"):
        assert key["secret"] not in repr(admin.till.run(reading(sql, {})))


def test_a_key_is_rolled_and_revoked(admin: Admin) -> None:
    key = made(admin)
    till = Till(admin.till.world, admin.till.run)
    till.secret = key["secret"]
    assert till.get("/v1/balances").status == 200

    rolled = admin.told("POST", f"/keys/{key['id']}/roll", {"old_valid_for_hours": 1})
    assert rolled["secret"] != key["secret"]
    old = admin.told("GET", f"/keys/{key['id']}")
    assert (old["status"], old["expires_at"] is None) == ("active", False)
    assert till.get("/v1/balances").status == 200
    assert admin.refused("POST", "/keys", {"merchant": key["merchant"]}) == (409, "too_many_keys")

    assert admin.told("POST", f"/keys/{key['id']}/revoke")["status"] == "revoked"
    assert till.get("/v1/balances").refuses(401, "unknown_key")
    till.secret = rolled["secret"]
    assert till.get("/v1/balances").status == 200


def test_limits_are_told_set_and_taken_back(admin: Admin) -> None:
    place = f"/merchants/{MERCHANT}/limits"
    name = "payer.any.day.XOF"
    told = admin.told("PUT", place, {"limits": {name: 5_000}})
    assert {"name": name, "most": 5_000, "house": None} in told["limits"]
    assert admin.told("GET", place) == told
    told = admin.told("PUT", place, {"limits": {name: None}})
    assert name not in [one["name"] for one in told["limits"]]
    acts = admin.till.run(
        admin.till.switch.store.rows("SELECT who, action, before, after FROM audit ORDER BY id", {})
    )
    assert acts == [
        ("ama", "merchants.limits", f'{{"{name}":null}}', f'{{"{name}":5000}}'),
        ("ama", "merchants.limits", f'{{"{name}":5000}}', f'{{"{name}":null}}'),
    ]


def test_fees_are_told_and_set(admin: Admin) -> None:
    place = f"/merchants/{MERCHANT}/fees"
    band = {"least": 1, "most": 10_000, "fixed": 25, "basis_points": 0, "cap": None}
    fee = {"name": "own", "movement": "payout", "currency": "XOF", "bands": [band]}
    told = admin.told("PUT", place, {"fees": [fee]})
    assert told["fees"][0]["bands"] == [band]
    assert admin.told("GET", place) == told
    [seen, *_] = [
        one["fees"]
        for one in admin.till.get("/v1/operators").content["data"]
        if one["name"] == "tmoney"
    ]
    assert [one["name"] for one in seen if one["movement"] == "payout"] == ["own"]
    assert admin.told("PUT", place, {"fees": []})["fees"] == []


@pytest.mark.parametrize(
    ("method", "path", "content", "refusal"),
    [
        ("GET", "/merchants/mer_no", None, (404, "not_found")),
        ("POST", "/merchants/mer_no/suspend", None, (404, "not_found")),
        ("POST", "/merchants", {"name": ""}, (422, "invalid_length")),
        ("POST", "/merchants", {"name": "A", "admin": True}, (422, "unknown_field")),
        ("POST", "/keys", {"merchant": "mer_no"}, (404, "not_found")),
        ("POST", "/keys", {"merchant": MERCHANT, "scopes": ["all"]}, (422, "invalid_value")),
        ("POST", "/keys", {"merchant": MERCHANT, "networks": ["here"]}, (422, "invalid_value")),
        ("POST", "/keys/key_no/roll", {}, (404, "not_found")),
        ("POST", "/keys/key_no/revoke", None, (404, "not_found")),
        ("PUT", f"/merchants/{MERCHANT}/limits", {"limits": {"all": 1}}, (422, "unknown_limit")),
        (
            *("PUT", f"/merchants/{MERCHANT}/limits"),
            {"limits": {"payer.any.day.XOF": -1}},
            (422, "invalid_value"),
        ),
        (
            *("PUT", f"/merchants/{MERCHANT}/fees"),
            {"fees": [{"name": "x", "movement": "payout", "currency": "EUR", "bands": []}]},
            (422, "invalid_length"),
        ),
    ],
)
def test_what_cannot_be_is_refused(
    admin: Admin, method: str, path: str, content: object, refusal: tuple[int, str]
) -> None:
    assert admin.refused(method, path, content) == refusal


def test_a_merchants_key_administers_nothing(admin: Admin) -> None:
    """S-LOG-06: not even one with the scope of admins."""
    admin.token = admin.till.secret
    for path in ("/merchants", "/keys", f"/merchants/{MERCHANT}/limits"):
        assert admin.refused("GET", path) == (404, "unknown_path")
