"""What an installation may say of its pages: who embeds them, and that they are served securely."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cross.settings import Settings
from tests.conftest import Run
from tests.web.conftest import shop_in

BENCH = "http://127.0.0.1:8229"


def test_only_who_the_installation_names_embeds_a_page(tmp_path: Path, run: Run) -> None:
    """F-S13: nobody, unless it says so."""
    with shop_in(tmp_path, run, checkout_frame_ancestors=f"'self' {BENCH}") as shop:
        order = run(shop.order())

        seen = run(shop.get(f"/pay/{order.token}"))

    assert f"frame-ancestors 'self' {BENCH};" in seen.headers["content-security-policy"]


@pytest.mark.parametrize(
    "said", ["*", "", "https://a.tg; script-src *", "https://a.tg, *", "'none' https://a.tg"]
)
def test_a_setting_cannot_open_the_policy(said: str) -> None:
    with pytest.raises(ValidationError):
        Settings(checkout_frame_ancestors=said)


def test_pages_of_a_secure_address_stay_secure(tmp_path: Path, run: Run) -> None:
    """S-WEB-03."""
    with shop_in(tmp_path, run, public_url="https://pay.example") as shop:
        order = run(shop.order())

        seen = run(shop.get(f"/pay/{order.token}"))

    assert seen.headers["strict-transport-security"] == "max-age=31536000"
    assert "https://pay.example/pay/" in seen.html
