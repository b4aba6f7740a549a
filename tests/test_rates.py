"""The rates of an installation: text, dated, and refused where they cannot be meant."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cross.bootstrap import offered_rates
from cross.domain.errors import UnknownCurrency
from cross.domain.money import DJF, XOF
from cross.settings import EXAMPLE_RATES, given_settings, read_settings

FILE = """
[[rates]]
from = "XOF"
to = "DJF"
rate = "0.2980"
margin_bp = 150
valid_from = 2026-11-01T00:00:00Z
valid_until = 2026-12-01T00:00:00Z
source = "treasury, note 12"

[[rates]]
from = "XOF"
to = "DJF"
rate = "0.3"
margin_bp = 150
valid_from = "2026-12-01T03:00:00+03:00"
source = "treasury, note 13"
"""


def one(**changed: Any) -> dict[str, Any]:
    plain = {
        "from": "XOF",
        "to": "DJF",
        "rate": "0.298",
        "margin_bp": 150,
        "valid_from": "2026-11-01T00:00:00Z",
        "source": "treasury",
    }
    return {**plain, **changed}


def test_rates_with_their_dates_are_read_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "cross.toml").write_text(FILE, encoding="utf-8")
    first, second = offered_rates(read_settings(tmp_path / "cross.toml").rates)

    assert (first.rate.source, first.rate.destination) == (XOF, DJF)
    assert (str(first.rate), first.rate.margin_bp) == ("0.2980", 150)
    assert first.valid_until == second.valid_from
    assert second.valid_until is None
    assert first.origin == "treasury, note 12"


def test_no_rate_is_offered_that_nobody_has_set() -> None:
    assert given_settings({}).rates == ()


def test_the_example_is_an_example_and_holds_both_ways() -> None:
    there, home = offered_rates(EXAMPLE_RATES)

    assert (there.rate.source, there.rate.destination) == (XOF, DJF)
    assert (home.rate.source, home.rate.destination) == (DJF, XOF)
    assert "example" in there.origin


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.298},
        {"rate": 1},
        {"margin_bp": 10_000},
        {"margin_bp": -1},
        {"margin_bp": "1.5"},
        {"valid_from": "2026-11-01T00:00:00"},
        {"valid_from": "soon"},
        {"source": ""},
        {"until": "2026-12-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_setting_that_is_no_rate_is_refused_and_its_place_named(wrong: dict[str, Any]) -> None:
    """I-08: a rate that was a number on its way here has been a float."""
    with pytest.raises(ValidationError) as raised:
        given_settings({"rates": [one(**wrong)]})

    assert {error["loc"][0] for error in raised.value.errors()} == {"rates"}
    assert {error["loc"][2] for error in raised.value.errors()} == set(wrong)


@pytest.mark.parametrize(
    "rates",
    [
        [one(rate="0,298")],
        [one(rate="0")],
        [one(to="XOF")],
        [one(valid_until="2026-11-01T00:00:00Z")],
        [one(), one(rate="0.3")],
        [one(), one(**{"from": "DJF", "to": "XOF", "rate": "3.7"})],
    ],
)
def test_rates_that_cannot_be_meant_stop_the_start(rates: list[dict[str, Any]]) -> None:
    settings = given_settings({"rates": rates})

    with pytest.raises(ValueError, match=r"rate|round|back|decimal"):
        offered_rates(settings.rates)


def test_a_currency_that_cross_does_not_carry_stops_the_start() -> None:
    with pytest.raises(UnknownCurrency):
        offered_rates(given_settings({"rates": [one(to="EUR")]}).rates)
