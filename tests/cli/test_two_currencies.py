"""`cross` between two currencies: both amounts, the rate, and books that balance in each."""

import pytest

from tests.cli.running import Typed

pytestmark = pytest.mark.usefixtures("running")


@pytest.fixture
def abroad(typed: Typed) -> str:
    """The id of a transfer from Togo to Djibouti that is done."""
    made = typed.document("transfer", "90112233", "+253 77 11 22 33", "2000")
    assert made["status"] == "completed", made
    assert made["quote"]["rate"] == {
        "from": "XOF",
        "to": "DJF",
        "rate": "0.298027",
        "margin_bp": 150,
    }
    return str(made["id"])


def test_a_transfer_abroad_shows_both_amounts_and_its_rate(typed: Typed, abroad: str) -> None:
    said = typed("show", abroad)
    dit = typed("show", abroad, "--lang", "fr")

    assert "6 882 F → 2 000 FDJ" in said.out
    assert "1 XOF = 0.298027 DJF, margin 1.50 %" in said.out
    assert "1 XOF = 0,298027 DJF, marge 1,50 %" in dit.out


def test_a_list_shows_what_was_paid_and_what_was_got(typed: Typed, abroad: str) -> None:
    said = typed("list", "transfers")

    assert abroad in said.out
    first, second = said.out.splitlines()[1:3]
    assert first.rstrip().endswith("6 882 F")
    assert second.rstrip().endswith("→ 2 000 FDJ")


def test_the_payer_may_fix_what_he_pays_in_his_own_currency(typed: Typed, abroad: str) -> None:
    assert abroad
    made = typed.document(*("transfer", "90112233", "+25377112233", "6882", "--fixed", "debit"))

    assert (made["debit"]["amount"], made["debit"]["currency"]) == (6_882, "XOF")
    assert (made["credit"]["amount"], made["credit"]["currency"]) == (2_000, "DJF")


def test_the_trial_balance_balances_in_each_currency_and_shows_the_positions(
    typed: Typed, abroad: str
) -> None:
    """I-01."""
    assert abroad
    told = typed.document("ledger", "trial-balance")

    assert {total["currency"]: total["balanced"] for total in told["totals"]} == {
        "DJF": True,
        "XOF": True,
    }
    held = {line["account"]: (line["kind"], line["balance"]) for line in told["accounts"]}
    assert held["liquidity:XOF"][0] == held["liquidity:DJF"][0] == "equity"
    assert held["liquidity:XOF"][1] > 0 > held["liquidity:DJF"][1]
    assert held["fx_margin:XOF"] == ("income", held["fx_margin:XOF"][1])
    assert "liquidity:DJF" in typed("ledger", "balances").out
    assert typed("ledger", "verify").code == 0
