"""Commands that move money, against a sandbox that runs."""

from pathlib import Path

import pytest

from tests.cli.running import Running, Typed

pytestmark = pytest.mark.usefixtures("running")


def test_a_transfer_is_followed_leg_by_leg_to_its_end(typed: Typed) -> None:
    said = typed("transfer", "90 11 22 33", "+228 96112233", "5000", "--reference", "T-1")

    assert said.code == 0
    assert "debit tmoney +228 90 11 22 33 5 050 F: succeeded" in said.out
    assert "credit flooz +228 96 11 22 33 5 000 F: succeeded" in said.out
    assert "completed" in said.out
    assert said.err == ""


def test_the_payer_may_pay_the_amount_in_all(typed: Typed) -> None:
    made = typed.document("transfer", "90112233", "96112233", "5050", "--fixed", "debit")

    assert made["quote"]["debit"]["amount"] == 5050
    assert made["quote"]["credit"]["amount"] == 5000


def test_a_transfer_that_was_refunded_is_no_success(typed: Typed) -> None:
    said = typed("transfer", "90112233", "98223314", "20000")

    assert said.code == 1
    assert "refund tmoney +228 90 11 22 33 20 200 F: succeeded" in said.out
    assert "operator_refused" in said.out


def test_a_collection_and_a_payout_end_well(typed: Typed) -> None:
    paid = typed.document("pay", "97445566", "12500", "--description", "Commande 7")
    assert (paid["object"], paid["status"]) == ("collection", "succeeded")
    assert (paid["operator"], paid["description"]) == ("flooz", "Commande 7")

    given = typed.document("payout", "91778899", "3000")
    assert (given["object"], given["status"]) == ("payout", "succeeded")
    assert given["operator"] == "tmoney"


def test_a_number_may_have_moved_to_another_operator(typed: Typed) -> None:
    made = typed.document("pay", "97445566", "500", "--operator", "tmoney", "--no-wait")

    assert made["operator"] == "tmoney"
    assert made["warnings"][0]["code"] == "prefix_mismatch"


def test_a_refusal_says_why_and_is_no_success(typed: Typed) -> None:
    said = typed("pay", "90112202", "700", "--lang", "fr")

    assert said.code == 1
    assert "insufficient_funds" in said.out
    assert "échec" in said.out


def test_what_is_not_final_when_the_wait_ends_is_neither(typed: Typed, running: Running) -> None:
    key = ("--key", "cli-test-not-final")
    said = typed("pay", "90112200", "900", "--timeout", "0", *key)
    assert said.code == 3
    assert "Not final yet: cross show col_" in said.out

    (prompt,) = running.control("/control/handsets/22890112200")["prompts"]
    answer = {"action": "approve", "pin": "1234"}
    running.control(f"/control/handsets/22890112200/prompts/{prompt['id']}", answer, "POST")
    again = typed("pay", "90112200", "900", *key, "--json")

    assert again.code == 0
    assert again.document["id"] in said.out
    made = running.control("/control/journal?operator=tmoney")["data"]
    assert [one["amount"] for one in made if one["msisdn"] == "22890112200"] == [900]


def test_a_key_belongs_to_one_order(typed: Typed) -> None:
    key = ("--key", "cli-test-one-order")
    typed("pay", "97445566", "1000", *key)
    other = typed("pay", "97445566", "2000", *key, "--json")

    assert other.code == 1
    assert other.document["problem"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("pay", "90112233", "12.5"), 2, "AMOUNT"),
        (("pay", "90112233", "-5"), 2, ""),
        (("pay", "90112233"), 2, "AMOUNT"),
        (("payout", "90112233", "500", "--operator", "nobody"), 2, "--operator"),
        (("pay", "12345", "500"), 1, "invalid_msisdn [msisdn]"),
        (("pay", "90112233", "99000000"), 1, "amount_out_of_range [amount]"),
        (("show", "trf_01M81TRD80VAHZHA49GKNNJ16X"), 1, "not_found"),
        (("show", "CMD-7"), 2, "CMD-7"),
        (("list", "birds"), 2, "birds"),
        (("list", "transfers", "--status", "flying"), 1, "[status]"),
        (("recheck",), 2, "--all-unknown"),
        (("fly",), 2, "fly"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    typed: Typed, words: tuple[str, ...], code: int, told: str
) -> None:
    said = typed(*words)

    assert said.code == code
    assert told in said.err
    assert said.out == ""


def test_movements_are_found_by_number_reference_and_id(typed: Typed) -> None:
    made = typed.document("transfer", "93112233", "99112233", "700", "--reference", "FIND-1")

    for words in ("93 11 22 33", "+228 99 11 22 33", "FIND-1", made["id"]):
        assert [one["id"] for one in typed.document("find", words)["data"]] == [made["id"]]
    assert typed.document("find", "93 00 00 01")["data"] == []
    listed = typed("list", "transfers", "--reference", "FIND-1").out
    assert made["id"] in listed
    assert "FIND-1" in listed


def test_a_list_goes_on_where_the_page_ended(typed: Typed) -> None:
    for _ in range(3):
        typed("payout", "91778899", "100", "--no-wait")
    first = typed.document("list", "payouts", "--limit", "2")
    after = typed.document("list", "payouts", "--limit", "2", "--after", first["next_cursor"])

    assert first["has_more"] is True
    assert not {one["id"] for one in first["data"]} & {one["id"] for one in after["data"]}
    assert f"--after {first['next_cursor']}" in typed("list", "payouts", "--limit", "2").out


def test_recheck_asks_about_all_that_is_unknown(typed: Typed, running: Running) -> None:
    """The credit is made and its answer lost, and for a while no query is answered either."""
    fault = {"operator": "flooz", "fault": "status_query_down"}
    planted = running.control("/control/faults", fault, "POST")
    made = typed.document("payout", "96112218", "400", "--timeout", "6")
    assert made["status"] == "unknown"
    assert typed("recheck", made["id"]).code == 3
    asked = typed("recheck", "--all-unknown", "--json")
    assert asked.code == 3
    assert [one["id"] for one in asked.document["data"]] == [made["id"]]

    running.control(f"/control/faults/{planted['id']}", method="DELETE")
    assert typed("recheck", made["id"], "--json").document["status"] == "succeeded"
    assert typed("recheck", "--all-unknown").code == 0


def test_quiet_prints_nothing_and_flags_may_come_first(typed: Typed) -> None:
    assert typed("pay", "97445566", "300", "--quiet").out == ""
    assert typed("--json", "list", "payouts").document["object"] == "list"
    assert "Mouvement" in typed("--lang", "fr", "list", "payouts").out
    assert "Mouvement" in typed("list", "payouts", LANG="fr_TG.UTF-8").out


def test_a_switch_that_is_not_there_is_told(typed: Typed) -> None:
    nowhere = ("--api-url", "http://127.0.0.1:9", "--api-key", "sk_test_none")
    said = typed("pay", "90112233", "500", *nowhere)
    assert said.code == 1
    assert "no answer from http://127.0.0.1:9" in said.err
    assert "--api-url" in said.err

    assert typed("list", "payouts", "--api-url", "http://127.0.0.1:9").code == 1


def test_without_a_sandbox_a_switch_must_be_named(tmp_path: Path) -> None:
    said = Typed(tmp_path)("list", "payouts")

    assert said.code == 1
    assert "CROSS_API_URL" in said.err
