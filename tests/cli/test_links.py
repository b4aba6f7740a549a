"""Payment links and orders in the terminal, against a sandbox that runs."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Running, Typed

pytestmark = pytest.mark.usefixtures("running")


def order(running: Running, reference: str) -> Any:
    body = {"amount": 5_000, "currency": "XOF", "reference": reference, "title": "Pagne"}
    request = urllib.request.Request(  # noqa: S310  on this machine
        f"{running.said['api_url']}/v1/orders",
        json.dumps(body).encode(),
        {
            "Authorization": f"Bearer {running.said['api_key']}",
            "Content-Type": "application/json",
            "Idempotency-Key": reference,
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def test_a_link_is_made_listed_drawn_and_closed(typed: Typed, tmp_path: Path) -> None:
    made = typed.document("link", "create", "Cotisation", "2000", "--uses", "3")
    assert (made["status"], made["amount"], made["uses"]) == ("open", 2_000, 3)

    said = typed("link", "list")
    assert made["id"] in said.out
    assert made["url"] in said.out
    assert "0/3" in said.out

    drawn = typed("link", "qr", made["id"])
    assert made["url"] in drawn.out
    assert "█" in drawn.out
    poster = tmp_path / "qr.svg"
    assert typed("link", "qr", made["id"], "--out", str(poster)).code == 0
    assert b"<svg" in poster.read_bytes()

    assert typed.document("link", "close", made["id"])["status"] == "closed"


def test_the_payer_may_choose_the_amount(typed: Typed) -> None:
    said = typed("link", "create", "Don", "--min", "500", "--lang", "fr")
    assert "montant libre ≥ 500 F" in said.out


def test_what_is_no_link_is_not_found(typed: Typed) -> None:
    said = typed("link", "close", "pl_01JABCDEFGHJKMNPQRSTVWXYZ0")
    assert said.code == 1
    assert "no such payment link" in said.err


def test_orders_are_listed_and_shown(typed: Typed, running: Running) -> None:
    made = order(running, "CMD-9")
    listed = typed("list", "orders", "--reference", "CMD-9")
    assert made["id"] in listed.out
    assert "Pagne" in listed.out

    shown = typed("show", made["id"])
    assert made["checkout_url"] in shown.out
    assert "unpaid" in shown.out
    assert typed.document("show", made["id"])["id"] == made["id"]
