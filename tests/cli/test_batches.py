"""A file of payouts, customers and settlements in the terminal, against a sandbox that runs."""

from pathlib import Path

import pytest

from tests.cli.running import Typed

pytestmark = pytest.mark.usefixtures("running")

SHEET = (
    "Opérateur;Numéro;Montant;Référence;Nom\n"
    "tmoney;90 11 22 33;5 000;CLI-A;Afi\n"
    "flooz;96112214;1 500;CLI-B;Kossi\n"
    "flooz;96112233;10,5;CLI-C;=1+1\n"
)


def test_a_file_is_looked_at_paid_and_answered_by_a_file(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "salaires.csv"
    file.write_text(SHEET, encoding="utf-8")

    seen = typed("payout", "batch", str(file), "--dry-run")
    unasked = typed("payout", "batch", str(file))
    paid = typed("payout", "batch", str(file), "--yes")
    again = typed("payout", "batch", str(file), "--yes")

    assert "amount_not_whole" in seen.out
    assert (seen.code, unasked.code, paid.code) == (1, 2, 1)
    assert "1 paid, 2 not paid, 0 not final" in paid.out
    assert "given before" in again.out
    result = (tmp_path / "salaires.csv.result.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in result[1:]] == ["succeeded", "failed", "failed"]
    assert "'=1+1" in result[3]


def test_all_that_was_paid_ends_with_0_and_one_payout_is_as_ever(
    typed: Typed, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("operator,phone,amount\ntmoney,90112244,700\n", encoding="utf-8")

    assert typed("payout", "batch", str(file), "--yes", "--json").document["status"] == "completed"
    assert typed("payout", "90112244", "800").code == 0
    assert typed("payout", "--operator", "tmoney", "90112244", "900").code == 0
    assert typed("payout", "batch", str(tmp_path / "none.csv")).code == 2
    assert typed("payout", "batch", str(tmp_path)).code == 2


def test_a_customer_is_added_listed_and_shown(typed: Typed) -> None:
    made = typed.document(
        "customers", "add", "Afi Mensah", "--reference", "C-1", "--wallet", "tmoney:90112233"
    )

    assert made["id"] in typed("customers", "list", "--number", "90112233").out
    assert "+228 90 11 22 33" in typed("customers", "show", made["id"]).out
    assert typed("customers", "add", "Kossi", "--wallet", "tmoney").code == 2


def test_a_merchant_is_settled_by_bank_and_the_audit_says_so(typed: Typed) -> None:
    merchant = typed.document("merchants", "list")["data"][0]["id"]

    terms = typed("settlements", "terms", merchant, "--bank", "TG53", "--minimum", "100")
    made = typed.document("settlements", "prepare", merchant)
    refused = typed("settlements", "prepare", merchant)
    unfit = typed("settlements", "pay", made["id"])
    paid = typed("settlements", "paid-by-bank", made["id"], "VIR-77")
    shown = typed("settlements", "show", made["id"])

    assert "TG53" in terms.out
    assert (refused.code, unfit.code, paid.code) == (1, 1, 0)
    assert "settlement_open" in refused.err
    assert "no_settlement_wallet" in unfit.err
    assert "VIR-77" in shown.out
    assert made["id"] in typed("settlements", "list").out
    said = typed("audit", "tail", "--json").out
    assert "settlements.paid_by_bank" in said
    assert "settlements.terms" in said
