"""Batches of payouts over HTTP: JSON, CSV or XLSX in, a preview, lines, a result file out."""

import asyncio
import importlib
import io
import json
import zipfile
from typing import Any

import pytest

from cross.switch.sheets import CSV, XLSX
from tests.api.till import PAYOUT, Answer, Till

PATH = "/v1/payouts/batches"
STRANGER = "mer_01JSTRANGERSTRANGERSTRANGE"
LINE = {key: PAYOUT[key] for key in ("operator", "msisdn", "amount", "currency")}
SHEET = (
    "Opérateur;Numéro;Montant (F);Référence;Nom;Remarque\r\n"
    "tmoney;90 11 22 33;5 000;SAL-1;Afi;x\r\n"
    "FLOOZ;96112214;1.500 F CFA;SAL-2;=1+1;\r\n"
    "tmoney;90112233;12,5;SAL-3;Kossi;\r\n"
)


def lines(*changed: dict[str, Any]) -> dict[str, Any]:
    return {"lines": [{**LINE, **one} for one in changed]}


def send(till: Till, body: bytes, media_type: str, *, key: str, dry: bool = False) -> Answer:
    path = f"{PATH}?dry_run=true" if dry else PATH
    return till.post(path, body, key=key, content_type=media_type)


def ended(till: Till, batch: str) -> Any:
    async def look() -> Any:
        async with asyncio.timeout(20):
            while True:
                answer = await till.call("GET", f"{PATH}/{batch}", headers=till.signed())
                if answer.content["status"] in ("completed", "canceled"):
                    return answer.content
                await asyncio.sleep(0.01)

    return till.run(look())


def xlsx(rows: list[list[object]]) -> bytes:
    book = importlib.import_module("openpyxl").Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_each_line_succeeds_or_fails_on_its_own(till: Till) -> None:
    body = lines(
        {"reference": "A", "name": "Afi"},
        {"reference": "A"},
        {"operator": "orange"},
        {"msisdn": "90112214"},
        {"amount": 1},
    )
    opened = till.post(PATH, body)
    assert opened.status == 201
    found = ended(till, opened.content["id"])
    told = till.get(f"{PATH}/{found['id']}/lines").content["data"]

    assert (found["counts"]["succeeded"], found["counts"]["failed"]) == (1, 4)
    assert [one["status"] for one in told] == ["succeeded"] + ["failed"] * 4
    assert [one["failure"]["code"] for one in told[1:3]] == [
        "reference_already_used",
        "unknown_operator",
    ]
    assert told[4]["failure"]["code"] == "amount_out_of_range"
    payout = till.get(f"/v1/payouts/{told[0]['payout']}").content
    assert (payout["reference"], payout["status"]) == ("A", "succeeded")
    assert payout["metadata"] == {"batch": found["id"], "line": "1", "name": "Afi"}
    till.run(till.world.assert_in_agreement())


def test_amounts_that_nobody_has_are_refused_line_by_line_and_still_add_up(till: Till) -> None:
    """F-I05."""
    opened = till.post(PATH, lines({"amount": 2**63 - 1}, {"amount": 2**63 - 1})).content
    assert opened["counts"]["failed"] == 2
    assert opened["totals"][0]["amount"] == 2**64 - 2


def test_a_preview_tells_all_that_is_wrong_and_needed_and_keeps_nothing(till: Till) -> None:
    till.post("/v1/payouts", {**PAYOUT, "amount": 7_000, "reference": "OLD"})
    till.at_rest()
    body = lines(
        {},
        {},
        {"amount": 7_000},
        {"reference": "OLD"},
        {"msisdn": "96112233"},
        {"operator": "flooz", "msisdn": "96112233", "amount": 60_000_001},
        {"operator": "flooz", "msisdn": "96112233", "amount": 1_000},
    )
    before = till.movements_stored()
    seen = till.post(PATH, {**body, "dry_run": True}).content

    found = {(one["line"], one["level"], one["code"]) for one in seen["problems"]}
    assert found == {
        (2, "warning", "duplicate_line"),
        (3, "warning", "duplicate_payment"),
        (4, "error", "reference_already_used"),
        (5, "warning", "prefix_mismatch"),
        (6, "error", "amount_out_of_range"),
    }
    assert (seen["lines"], seen["valid"], seen["invalid"]) == (7, 5, 2)
    (total,) = seen["totals"]
    assert total["needed"] == 5_000 * 3 + 7_000 + 1_000 + total["fees"]
    assert total["is_covered"]
    assert [(one["operator"], one["lines"], one["needed"]) for one in seen["operators"]] == [
        ("flooz", 1, 1_000),
        ("tmoney", 4, 22_000),
    ]
    assert till.movements_stored() == before
    assert till.get(PATH).content["data"] == []


def test_a_line_of_no_currency_is_counted_and_is_in_no_total(till: Till) -> None:
    sheet = b"operator;msisdn;amount\ntmoney;90 11 22 33;2000\nflooz;12;500\n"
    opened = send(till, sheet, CSV, key="k-1").content
    assert (opened["lines"], opened["counts"]["failed"]) == (2, 1)
    assert [(one["currency"], one["amount"]) for one in opened["totals"]] == [("XOF", 2_000)]


def test_a_sheet_is_read_as_people_write_it(till: Till) -> None:
    seen = send(till, SHEET.encode(), CSV, key="dry", dry=True).content
    opened = send(till, SHEET.encode("cp1252"), CSV, key="file").content
    found = ended(till, opened["id"])
    told = till.get(f"{PATH}/{found['id']}/lines").content["data"]

    assert seen["ignored_columns"] == ["Remarque"]
    assert [one["code"] for one in seen["problems"]] == ["amount_not_whole"]
    assert [one["amount"] for one in told] == [5_000, 1_500, None]
    assert [one["status"] for one in told] == ["succeeded", "failed", "failed"]
    assert till.get(f"{PATH}/{found['id']}/lines?status=succeeded&limit=1").content["has_more"] is (
        False
    )
    result = till.get(f"{PATH}/{found['id']}/result.csv")
    text = result.body.decode("utf-8-sig").splitlines()
    assert len(text) == 4
    assert text[1].startswith("1,succeeded,tmoney,22890112233,Afi,5000,XOF,0,SAL-1,")
    assert ",'=1+1," in text[2]  # F-I08, S-DASH-06


def test_numbers_that_excel_made_of_phones_and_amounts_are_read(till: Till) -> None:
    rows: list[list[object]] = [
        ["Operator", "Phone number", "Amount", "Currency"],
        ["tmoney", 22890112233, 5000.0, "XOF"],
        [None, None, None, None],
        ["flooz", 96112233, 1500, None],
        ["flooz", 96112233, 10.5, "XOF"],
    ]
    seen = send(till, xlsx(rows), XLSX, key="x", dry=True).content
    assert (seen["lines"], seen["valid"]) == (3, 2)
    assert seen["totals"][0]["amount"] == 6_500
    assert [one["code"] for one in seen["problems"]] == ["amount_not_whole"]


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    return made.getvalue()


def entities() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as parts:
        parts.writestr("[Content_Types].xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "media_type", "param"),
    [
        (b"", CSV, "operator"),
        (b"operateur;numero\ntmoney;90112233\n", CSV, "amount"),
        (b"operator,number,amount\n", CSV, "lines"),
        (b"operator,number,phone,amount\na,b,c,1\n", CSV, "msisdn"),
        (b'operator,number,amount\n"a,b\n', CSV, None),
        (b"PK\x03\x04nothing", XLSX, None),
        (bomb(), XLSX, None),
        (entities(), XLSX, None),
    ],
)
def test_what_is_no_sheet_is_refused(
    asking: Till, body: bytes, media_type: str, param: str | None
) -> None:
    answer = send(asking, body, media_type, key="bad", dry=True)
    assert answer.refuses(422, "unreadable_file", param), answer.content


def test_a_thousand_ordinary_lines_fit_and_one_more_is_refused(asking: Till) -> None:
    named = [
        {
            "reference": f"SAL-2026-11-{n:04}",
            "description": "Salaire novembre",
            "name": "Afi Mensah",
        }
        for n in range(1_001)
    ]
    whole = lines(*named[:1_000])
    assert len(json.dumps(whole)) < 256 * 1024
    assert asking.post(PATH, {**whole, "dry_run": True}).status == 200
    assert asking.post(PATH, lines(*named)).refuses(422, "invalid_length", "lines")
    assert asking.post(PATH, b" " * (256 * 1024 + 1)).refuses(413, "body_too_large")


def test_a_key_makes_one_batch_and_another_body_is_refused(till: Till) -> None:
    """I-28, I-29."""
    first = till.post(PATH, lines({}), key="once")
    again = till.post(PATH, lines({}), key="once")
    other = till.post(PATH, lines({"amount": 6_000}), key="once")
    of_a_payout = till.post("/v1/payouts", PAYOUT, key="taken")

    assert again.content["id"] == first.content["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert other.refuses(422, "idempotency_key_reused", "Idempotency-Key")
    assert of_a_payout.status == 202
    assert till.post(PATH, lines({}), key="taken").code == "idempotency_key_reused"
    assert till.run(till.call("POST", PATH, headers=till.signed())).code == (
        "idempotency_key_missing"
    )


def test_an_answer_that_was_lost_is_found_by_its_key(till: Till) -> None:
    made = till.post(PATH, lines({}), key="lost-batch")

    found = till.get("/v1/responses/lost-batch")

    assert (found.status, found.content["id"]) == (201, made.content["id"])
    assert till.another(STRANGER).get("/v1/responses/lost-batch").refuses(404, "not_found")


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"lines": []}, "invalid_length", "lines"),
        (lines({"amount": 0}), "invalid_value", "lines.0.amount"),
        (lines({"amount": 1.5}), "invalid_type", "lines.0.amount"),
        (lines({"pin": "1234"}), "unknown_field", "lines.0.pin"),
        ({"lines": [LINE], "dry_run": 1}, "invalid_type", "dry_run"),
    ],
)
def test_a_wrong_field_is_named(asking: Till, body: Any, code: str, param: str) -> None:
    assert asking.post(PATH, body).refuses(422, code, param)


def test_another_merchant_sees_nothing_of_it(till: Till) -> None:
    """I-40."""
    batch = till.post(PATH, lines({})).content["id"]
    stranger = till.another(STRANGER)
    for tail in ("", "/lines", "/result.csv"):
        assert stranger.get(f"{PATH}/{batch}{tail}").refuses(404, "not_found")
    assert stranger.post(f"{PATH}/{batch}/cancel").refuses(404, "not_found")
    assert stranger.get(PATH).content["data"] == []
    assert ended(till, batch)["status"] == "completed"
    assert till.post(f"{PATH}/{batch}/cancel").refuses(409, "batch_ended")
