"""The directory of operators, and whose a number probably is."""

import pytest

from cross.domain.operator import Unknown
from tests.api.till import Till


def test_every_operator_says_what_it_offers(asking: Till) -> None:
    answer = asking.get("/v1/operators").content

    operators = {item["name"]: item for item in answer["data"]}
    assert list(operators) == sorted(asking.switch.operators)
    flooz = operators["flooz"]
    assert (flooz["country"], flooz["currency"], flooz["collect"]) == ("TG", "XOF", "push")
    assert flooz["pay_out"] is True
    assert flooz["limits"]["least"] == {"amount": 100, "currency": "XOF"}
    assert "96" in flooz["prefixes"]
    assert (flooz["health"], flooz["prompt_seconds"]) == ("up", 120)
    assert flooz["payer_sees"]["fr"] != flooz["payer_sees"]["en"]
    (fees,) = flooz["fees"]
    assert (fees["movement"], fees["bands"][0]["basis_points"]) == ("transfer", 100)


def test_an_operator_that_is_silent_is_degraded_then_down(till: Till) -> None:
    def health() -> str:
        found = till.get("/v1/operators").content["data"]
        return str(next(item["health"] for item in found if item["name"] == "flooz"))

    for _ in range(3):
        till.switch.health.heard("flooz", Unknown("silence"))
    assert health() == "degraded"
    for _ in range(7):
        till.switch.health.heard("flooz", Unknown("silence"))
    assert health() == "down"


@pytest.mark.parametrize(
    ("asked", "msisdn", "operator", "confidence"),
    [
        ("90112233", "+22890112233", "tmoney", "high"),
        ("%2B228%2096%2011%2022%2033", "+22896112233", "flooz", "high"),
        ("0022878112233", "+22878112233", "flooz", "high"),
        ("77112233", "+25377112233", None, "low"),
    ],
)
def test_a_number_is_looked_up(
    asking: Till, asked: str, msisdn: str, operator: str | None, confidence: str
) -> None:
    found = asking.get(f"/v1/operators/lookup?msisdn={asked}").content

    assert (found["msisdn"], found["operator"]) == (msisdn, operator)
    assert found["confidence"] == confidence
    if found["country"] == "TG":
        assert operator not in found["alternatives"]
        assert {operator, *found["alternatives"]} >= {"flooz", "tmoney"}


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("", "missing_parameter", "msisdn"),
        ("msisdn=", "invalid_parameter", "msisdn"),
        ("msisdn=12", "invalid_msisdn", "msisdn"),
        ("msisdn=%2B33612345678", "invalid_msisdn", "msisdn"),
        ("number=90112233", "unknown_parameter", "number"),
    ],
)
def test_what_is_no_number_cannot_be_looked_up(
    asking: Till, query: str, code: str, param: str
) -> None:
    assert asking.get(f"/v1/operators/lookup?{query}").refuses(422, code, param)


def test_a_prefix_of_another_operator_is_a_warning(asking: Till) -> None:
    """Numbers are portable in Togo since 2024: a mismatch is no error (api.md section 1)."""
    body = {"operator": "flooz", "msisdn": "90112201", "amount": 500, "currency": "XOF"}

    answer = asking.post("/v1/collections", body)

    assert answer.status == 202
    assert [warning["code"] for warning in answer.content["warnings"]] == ["prefix_mismatch"]
