"""`cross refund` and `cross recon`, against a sandbox that runs."""

import pytest

from tests.cli.running import Typed

pytestmark = pytest.mark.usefixtures("running")


def test_a_collection_is_given_back_in_parts_and_no_further(typed: Typed) -> None:
    paid = typed.document("pay", "97445566", "9000")
    part = typed.document("refund", paid["id"], "4000", "--reference", "R-cli")
    rest = typed.document("refund", paid["id"])
    refused = typed("refund", paid["id"])

    assert (part["object"], part["status"], part["collection"]) == (
        "refund",
        "succeeded",
        paid["id"],
    )
    assert rest["amount"] == 5_000
    assert refused.code != 0
    assert "refund_exceeds_collection" in refused.err
    assert typed.document("show", part["id"])["reference"] == "R-cli"
    assert part["id"] in {one["id"] for one in typed.document("find", "R-cli")["data"]}
    assert len(typed.document("list", "refunds", "--msisdn", "97445566")["data"]) == 2
    assert typed.document("recheck", rest["id"])["status"] == "succeeded"


def test_a_collection_on_a_page_says_where_it_is(typed: Typed) -> None:
    words = ("pay", "77112233", "500", "--operator", "dmoney", "--no-wait")
    said = typed(*words)

    page = next(line for line in said.out.splitlines() if line.startswith("GET http"))
    assert "prepay_id=" in page


def test_no_break_is_open_where_all_went_well(typed: Typed) -> None:
    assert typed.document("recon", "breaks") == {"object": "list", "data": []}
    assert "No open break" in typed("recon", "breaks").out
