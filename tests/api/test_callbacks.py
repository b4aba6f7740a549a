"""Where operators knock: kept, answered in their words, never told what exists (F-C*, S-IN-*)."""

import json
from pathlib import Path

import pytest

from cross.domain.errors import SwitchUnavailable
from tests.api.conftest import till_in
from tests.api.till import TRANSFER, Answer, Till

OPERATORS = ["flooz", "tmoney"]
JSON_TYPE = {"content-type": "application/json"}


def knock(
    till: Till, operator: str, body: bytes, *, token: str | None = None, method: str = "POST"
) -> Answer:
    own = till.switch.callback_tokens.get(operator, "")
    path = f"/callbacks/{operator}/{own if token is None else token}"
    return till.run(till.call(method, path, body=body, headers=JSON_TYPE))


def stored(till: Till) -> int:
    return int(till.run(till.switch.store.rows("SELECT count(*) FROM callbacks", {}))[0][0])


def about(reference: str) -> bytes:
    content = {"idRequete": reference, "referenceid": reference, "statutRequete": "SUCCES"}
    return json.dumps({**content, "code": "2002", "montant": 5050}).encode()


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_callback_is_kept_as_it_came_before_it_is_answered(till: Till, operator: str) -> None:
    """I-15, S-IN-03."""
    body = b'{"idRequete" : "X1", "a": "\xc3\xa9"}'

    assert knock(till, operator, body).status == 200

    (row,) = till.run(
        till.switch.store.rows("SELECT operator, method, body, peer FROM callbacks", {})
    )
    assert (row[0], row[1], bytes(row[2]), row[3]) == (operator, "POST", body, "192.0.2.7")


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_known_and_an_unknown_order_get_the_same_answer(till: Till, operator: str) -> None:
    """S-IN-09, F-C06."""
    till.post("/v1/transfers", TRANSFER)
    references = sorted(till.switch.legs)
    till.at_rest()

    answers = {name: knock(till, operator, about(name)) for name in (*references, "CRX0")}

    assert {answer.status for answer in answers.values()} == {200}
    said = {answer.body.replace(name.encode(), b"CRX") for name, answer in answers.items()}
    assert len(said) == 1
    assert len({answer.headers["content-type"] for answer in answers.values()}) == 1


@pytest.mark.parametrize("operator", [*OPERATORS, "nobody"])
@pytest.mark.parametrize("token", ["x", "0" * 40, "é", "%00", "..", "a b"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_wrong_token_finds_nothing_there(
    asking: Till, operator: str, token: str, method: str
) -> None:
    before = stored(asking)

    answer = knock(asking, operator, about("CRX0"), token=token, method=method)

    assert answer.refuses(404, "unknown_path")
    assert stored(asking) == before
    answer.content.pop("request_id")
    nowhere = asking.get("/nowhere").content
    nowhere.pop("request_id")
    assert answer.content == nowhere


def test_one_operators_token_opens_no_other_door(asking: Till) -> None:
    """S-IN-01."""
    token = asking.switch.callback_tokens["tmoney"]
    assert knock(asking, "flooz", b"{}", token=token).refuses(404, "unknown_path")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[1]",
        b"\x00\xff",
        b'{"idRequete": 5}',
        b'{"idRequete": {"a": 1}}',
        b'{"idRequete": "\\ud800", "referenceid": "\\ud800"}',
        b'{"idRequete": "a\\u0000b", "referenceid": "a\\u0000b"}',
        b"[" * 60_000,
        b"9" * 5_000,
        b'{"idRequete": "' + b"A" * 60_000 + b'"}',
    ],
)
def test_whatever_is_sent_there_is_kept_and_answered(
    asking: Till, operator: str, body: bytes
) -> None:
    """F-C12: never a 500, and nothing moves."""
    before = asking.run(asking.world.balances())

    assert knock(asking, operator, body).status == 200
    assert knock(asking, operator, b"", method="GET").status == 200

    assert asking.run(asking.world.balances()) == before


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_forged_success_moves_nothing(till: Till, operator: str) -> None:
    """I-36, F-C11: the operator itself is asked, and it has not decided."""
    undecided = {"operator": "tmoney", "msisdn": "90112200"}
    opened = till.post("/v1/transfers", {**TRANSFER, "source": undecided}).content
    before = till.run(till.world.balances())

    for reference in sorted(till.switch.legs):
        knock(till, operator, about(reference))
    till.post(f"/v1/transfers/{opened['id']}/recheck")

    now = till.get(f"/v1/transfers/{opened['id']}").content
    assert (now["status"], now["debit"]["status"]) == ("debiting", "pending")
    assert till.run(till.world.balances()) == before


def test_the_same_callback_ten_times_is_kept_once(till: Till) -> None:
    """S-IN-07, F-C02."""
    for _ in range(10):
        assert knock(till, "tmoney", about("CRX0")).status == 200
    assert stored(till) == 1


def test_what_cannot_be_kept_is_not_acknowledged(
    asking: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-C08, I-15."""

    async def fail(_: object) -> None:
        raise SwitchUnavailable

    monkeypatch.setattr(asking.switch.recorder, "record", fail)

    answer = knock(asking, "tmoney", about("CRX0"))

    assert answer.refuses(503, "unavailable")
    assert answer.headers["retry-after"] == "1"


def test_a_transfer_whose_callbacks_are_all_it_has_completes(tmp_path: Path) -> None:
    """No query is due for ten minutes: it is the callback that makes us ask."""
    with till_in(tmp_path, query_schedule_seconds=(600.0,), query_every_seconds=600.0) as till:
        opened = till.post("/v1/transfers", TRANSFER).content
        assert till.finished(f"/v1/transfers/{opened['id']}")["status"] == "completed"
        assert stored(till) > 0
