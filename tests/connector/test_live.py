"""In live mode every address is https and leads to somebody (F-O22, api.md section 5)."""

import asyncio
from pathlib import Path

import pytest

from cross.connector.live import unfit_for_live_money
from tests.world import quick_settings, small_world

OURS = "https://pay.boutique-afi.tg"
REAL = {"tmoney": {"base_url": "https://gateway.operator.tg:8443/x", "user": "http-user"}}


def test_https_addresses_of_others_are_fit() -> None:
    assert unfit_for_live_money(OURS, REAL) is None
    assert unfit_for_live_money(OURS, {"tmoney": {"base_url": "https://10.20.30.40"}}) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://gateway.operator.tg",
        "HTTP://gateway.operator.tg",
        "https://127.0.0.1:8229/tmoney",
        "https://[::1]/tmoney",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://simulators.localhost/",
        "https://operator.example/",
        "https://www.example.com/",
        "https://operator.test/",
        "https:///nowhere",
        "https://[broken",
    ],
)
def test_an_address_of_a_simulator_or_without_tls_is_named(address: str) -> None:
    told = unfit_for_live_money(OURS, {**REAL, "flooz": {"base_url": address}})

    assert told is not None
    assert "flooz" in told
    assert "base_url" in told
    assert address not in told
    assert unfit_for_live_money(address, {}) is not None


@pytest.mark.parametrize("public_url", ["", "http://pay.boutique-afi.tg"])
def test_payers_need_an_https_address(public_url: str) -> None:
    told = unfit_for_live_money(public_url, REAL)
    assert told is not None
    assert told.startswith("public_url")


def test_a_switch_does_not_start_on_simulators_in_live_mode(tmp_path: Path) -> None:
    async def scenario() -> None:
        live = quick_settings(livemode=True, public_url=OURS)
        with pytest.raises(ValueError, match="is no https address of a real operator"):
            async with small_world(tmp_path, settings=live):
                pass

    asyncio.run(scenario())
