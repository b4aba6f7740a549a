"""`cross merchants` and `cross keys`, against a sandbox that runs."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import Running, Typed

pytestmark = pytest.mark.usefixtures("running")

FEES = """
[[fees]]
name = "own"
movement = "collection"
currency = "XOF"
bands = [{ least = 1, most = 1000000, basis_points = 250, cap = 2000 }]
"""


def status_with(running: Running, secret: str) -> int:
    """How `/v1/balances` answers whoever has that key."""
    headers = {"Authorization": f"Bearer {secret}"}
    request = urllib.request.Request(f"{running.said['api_url']}/v1/balances", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  on this machine
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_merchant_is_added_and_its_keys_are_made_rolled_and_revoked(
    typed: Typed, running: Running
) -> None:
    merchant = typed.document("merchants", "add", "Épicerie Ama")["id"]
    said = typed("keys", "create", merchant, "--name", "caisse", "--lang", "fr")
    assert "ne sera plus jamais montrée" in said.out
    secret = next(line for line in said.out.splitlines() if line.startswith("sk_test_"))
    assert status_with(running, secret) == 200

    listed = typed("keys", "list", merchant)
    [key] = typed.document("keys", "list", merchant)["data"]
    assert key["id"] in listed.out
    assert secret[:14] in listed.out
    assert secret not in listed.out

    rolled = typed.document("keys", "roll", key["id"], "--hours", "0")
    assert [status_with(running, one) for one in (secret, rolled["secret"])] == [401, 200]
    typed.document("merchants", "suspend", merchant)
    assert status_with(running, rolled["secret"]) == 403
    typed.document("merchants", "reinstate", merchant)
    assert typed.document("keys", "revoke", rolled["id"])["status"] == "revoked"
    assert status_with(running, rolled["secret"]) == 401
    assert merchant in typed("merchants", "list").out
    assert typed.document("merchants", "show", merchant)["name"] == "Épicerie Ama"


def test_limits_and_fees_are_shown_and_set(typed: Typed, tmp_path: Path) -> None:
    merchant = typed.document("merchants", "add", "Quincaillerie")["id"]
    said = typed("merchants", "limits", merchant, "--set", "payer.any.day.XOF=2000000")
    assert "2 000 000 F" in said.out
    wrong = typed("merchants", "limits", merchant, "--set", "payer.any.day.XOF=much")
    assert (wrong.code, "NAME=NUMBER" in wrong.err) == (2, True)
    assert "unknown_limit" in typed("merchants", "limits", merchant, "--set", "all=1").err
    typed.document("merchants", "limits", merchant, "--unset", "payer.any.day.XOF")
    assert "payer.any.day.XOF" not in typed("merchants", "limits", merchant).out

    file = tmp_path / "fees.toml"
    file.write_text(FEES)
    seen = typed("merchants", "fees", merchant, "--file", str(file), "--preview")
    assert (seen.code, "Nothing was moved yet" in seen.out) == (0, True)
    assert typed.document("fees", "preview", str(file))["object"] == "fee_preview"
    assert typed.document("merchants", "fees", merchant)["fees"] == []
    assert "2.5 % ≤ 2 000 F" in typed("merchants", "fees", merchant, "--file", str(file)).out
    assert typed.document("merchants", "fees", merchant, "--none")["fees"] == []


def test_a_trial_balance_names_each_account_whole(typed: Typed) -> None:
    merchant = typed.document("keys", "list")["data"][-1]["merchant"]
    shown = typed("ledger", "trial-balance", COLUMNS="80").out
    assert "…" not in shown
    assert f"available:{merchant}" in shown
