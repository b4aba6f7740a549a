"""What an installation may say of its pages: who embeds them, and that they are served securely."""

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from pydantic import ValidationError

from cross.settings import Settings
from cross.switch import orders
from tests.conftest import Run
from tests.web.conftest import shop_in
from tests.web.shop import Shop

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


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("", "GET, HEAD, POST"), ("/go", "POST"), ("/status", "GET, HEAD")],
)
def test_a_method_that_an_address_does_not_take_is_told_those_it_does(
    shop: Shop, run: Run, path: str, allowed: str
) -> None:
    order = run(shop.order())

    seen = run(shop.ask("PUT", f"/pay/{order.token}{path}"))

    assert (seen.status, seen.headers["allow"]) == (405, allowed)


def test_a_head_has_the_headers_and_no_body(shop: Shop, run: Run) -> None:
    order = run(shop.order())

    seen = run(shop.ask("HEAD", f"/pay/{order.token}"))

    assert (seen.status, seen.body) == (200, b"")
    assert int(seen.headers["content-length"]) > 0


def test_what_fails_is_logged_without_the_address(
    shop: Shop, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The token in it is the right to see the page."""
    order = run(shop.order())
    with patch.object(orders, "by_token", side_effect=ZeroDivisionError):
        seen = run(shop.get(f"/pay/{order.token}"))
    said = capsys.readouterr()

    assert seen.status == 500
    assert "Une erreur de notre côté" in seen.text
    assert "Traceback" not in seen.html
    assert order.token not in said.out + said.err
    assert re.findall(r"req_[0-9A-Z]{26}", seen.text)[0] in said.out + said.err
