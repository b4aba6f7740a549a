"""Bodies meant to be taken for something else: refused by name, nothing written."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cross.api.bodies import DEPTH_MAX
from tests.api.till import BODIES, COLLECTION, TRANSFER, Till

PATHS = sorted(BODIES)


def with_amount(text: str) -> bytes:
    return json.dumps(TRANSFER).replace("5000", text).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"amount": 5000,}',
        b"{'amount': 5000}",
        b'\xef\xbb\xbf{"amount": 5000}',  # F-I02: a BOM
        '{"amount": 5000}'.encode("utf-16"),
        b'{"description": "\xff"}',
        b'{"description": "\xc0\xaf"}',  # F-I02: over-long
        b'{"description": "\xed\xa0\x80"}',  # a surrogate in UTF-8
        b'{"description": "a\nb"}',  # a bare line break is no JSON
        b'{"amount": 5000} {"amount": 1}',
        b"NaN",
        with_amount("NaN"),
        with_amount("Infinity"),
        with_amount("-Infinity"),
        with_amount("1e400"),  # F-I04
        with_amount("-1.5e999999"),
        with_amount("1e99999999999999999999"),  # beyond what Python's own Decimal reads
        with_amount("0x1388"),
        with_amount("05000"),
        with_amount("+5000"),
        with_amount("5_000"),
        with_amount("9" * 5_000),  # F-Y08
        b'{"a":' + b"[" * 60_000,
        b"[" * 60_000 + b"]" * 5_000,  # F-Y07: as deep as 64 KiB can be
        b'{"a":' * (DEPTH_MAX + 2) + b"1" + b"}" * (DEPTH_MAX + 2),
    ],
)
def test_what_is_not_json_to_everybody_is_refused(asking: Till, body: bytes) -> None:
    """F-I04, F-Y07, F-Y08, S-API-06."""
    assert asking.post("/v1/transfers", body).refuses(400, "invalid_json")


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"true", b"[{}]"])
def test_a_body_is_an_object(asking: Till, body: bytes) -> None:
    assert asking.post("/v1/transfers", body).refuses(422, "invalid_type")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("5000.0", "amount_not_whole"),
        ("5000.5", "amount_not_whole"),
        ("-0.0", "amount_not_whole"),
        ("5e3", "amount_not_whole"),
        ("1E+5", "amount_not_whole"),
        ("1e300", "amount_not_whole"),
        ('"5000"', "amount_not_whole"),
        ('"5000.00"', "amount_not_whole"),
        ('""', "amount_not_whole"),
        ("true", "invalid_type"),
        ("null", "invalid_type"),
        ("[5000]", "invalid_type"),
        ('{"amount": 5000}', "invalid_type"),
        ("0", "amount_out_of_range"),
        ("-0", "amount_out_of_range"),
        ("-5000", "amount_out_of_range"),
        (str(2**63), "amount_out_of_range"),
        (str(2**63 - 1), "amount_out_of_range"),
        ("9" * 4_000, "amount_out_of_range"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_an_amount_is_a_whole_number(asking: Till, path: str, amount: str, code: str) -> None:
    """I-08, F-I05, F-Y09."""
    body = json.dumps(BODIES[path]).replace("5000", amount).encode()
    assert asking.post(path, body).refuses(422, code, "amount")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"merchant": "mer_1"}, "unknown_field", "merchant"),  # F-S10
        ({"state": "completed"}, "unknown_field", "state"),
        ({"fee": 0}, "unknown_field", "fee"),
        ({"livemode": True}, "unknown_field", "livemode"),
        ({"currency": None}, "invalid_type", "currency"),
        ({"currency": 952}, "invalid_type", "currency"),
        ({"currency": "xof"}, "unknown_currency", "currency"),
        ({"currency": "X" * 17}, "invalid_length", "currency"),
        ({"reference": ""}, "invalid_length", "reference"),
        ({"reference": "x" * 65}, "invalid_length", "reference"),
        ({"reference": "CMD–77"}, "invalid_characters", "reference"),  # F-I09
        ({"reference": "СMD-77"}, "invalid_characters", "reference"),
        ({"reference": "CMD\n"}, "invalid_characters", "reference"),
        ({"reference": 77}, "invalid_type", "reference"),
        ({"description": "x" * 256}, "invalid_length", "description"),
        ({"description": "a\x00b"}, "invalid_characters", "description"),  # F-I03
        ({"description": "a\x1b[31mb"}, "invalid_characters", "description"),
        ({"description": "a\x7fb"}, "invalid_characters", "description"),
        ({"description": "a\x85b"}, "invalid_characters", "description"),
        ({"description": "\ud800"}, "invalid_characters", "description"),
        ({"description": ["x"]}, "invalid_type", "description"),
        ({"metadata": []}, "invalid_type", "metadata"),
        ({"metadata": {"a": 1}}, "invalid_type", "metadata.a"),
        ({"metadata": {"a": None}}, "invalid_type", "metadata.a"),
        ({"metadata": {"a": {"b": "c"}}}, "invalid_type", "metadata.a"),
        ({"metadata": {"a": "\x00"}}, "invalid_characters", "metadata.a"),
        ({"metadata": {"\ud800": "a"}}, "invalid_characters", "metadata"),
        ({"metadata": {"a": "x" * 501}}, "invalid_length", "metadata.a"),
        ({"metadata": {"k" * 41: "x"}}, "invalid_length", f"metadata.{'k' * 41}"),
        ({"metadata": {"": "x"}}, "invalid_length", "metadata."),
        ({"metadata": {f"k{n}": "x" for n in range(21)}}, "invalid_length", "metadata"),
        ({"customer": "cus_1"}, "customer_not_found", "customer"),
        ({"customer": 1}, "invalid_type", "customer"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_a_field_at_fault_is_named(
    asking: Till, path: str, change: dict[str, Any], code: str, param: str
) -> None:
    before = asking.movements_stored()

    assert asking.post(path, {**BODIES[path], **change}).refuses(422, code, param)
    assert asking.movements_stored() == before


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"amount": 5000, "amount": 1}', "amount"),
        (b'{"source": {"operator": "a", "operator": "b"}}', "source.operator"),
        (b'{"metadata": {"k": "1", "\\u006b": "2"}}', "metadata.k"),
        (b'{"list": [{"a": 1, "a": 2}]}', "list.0.a"),
        (b'{"a\\u0000": 1, "a\\u0000": 2}', "a\x00"),
    ],
)
def test_a_key_that_is_there_twice_is_refused(asking: Till, body: bytes, param: str) -> None:
    """F-C18: Python would keep the last and say nothing."""
    assert asking.post("/v1/transfers", body).refuses(422, "duplicate_field", param)


def test_a_nested_field_is_named_by_its_path(asking: Till) -> None:
    body = {**TRANSFER, "source": {**TRANSFER["source"], "colour": "red"}}
    assert asking.post("/v1/transfers", body).refuses(422, "unknown_field", "source.colour")


@pytest.mark.parametrize("field", sorted(COLLECTION))
def test_a_field_that_is_missing_is_named(asking: Till, field: str) -> None:
    body = {name: value for name, value in COLLECTION.items() if name != field}
    for path in ("/v1/collections", "/v1/payouts"):
        assert asking.post(path, body).refuses(422, "missing_field", field)


@pytest.mark.parametrize(
    "number",
    [
        "901122334",
        "+22890112",
        "+33612345678",
        "911",
        "٩٠١١٢٢٣٣",  # F-I06, F-Y09: digits that are not ours
        "９０１１２２３３",
        "90112233x",
        "+228+22890112233",
        "",
    ],
)
def test_a_number_that_names_no_wallet_is_refused_and_never_said_back(
    asking: Till, number: str
) -> None:
    answer = asking.post("/v1/collections", {**COLLECTION, "msisdn": number})
    assert answer.refuses(422, "invalid_msisdn", "msisdn")
    assert not number or number not in answer.body.decode()


@pytest.mark.parametrize(
    "number", ["90 11 22 33", "+228 90112233", "0022890112233", "228-90-11-22-33", "90.11.22.33"]
)
def test_one_wallet_has_one_number(asking: Till, number: str) -> None:
    """F-I06."""
    wallet = {"operator": "tmoney", "msisdn": number}
    quote = asking.post("/v1/quotes", {**TRANSFER, "source": wallet})
    assert quote.content["source"]["msisdn"] == "+22890112233"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_CHANGES = st.dictionaries(
    st.sampled_from([*TRANSFER, *COLLECTION, "reference", "metadata", "quote", "fixed", "x"]),
    _VALUES,
    min_size=1,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=st.sampled_from(PATHS), change=_CHANGES)
def test_no_body_makes_the_switch_fail(asking: Till, path: str, change: dict[str, Any]) -> None:
    """F-I01: any JSON gets an answer of the document, and never a 500."""
    body = json.dumps({**BODIES[path], **change}).encode()
    assert asking.post(path, body).status in (202, 400, 404, 409, 422)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=200))
def test_no_bytes_make_the_switch_fail(asking: Till, body: bytes) -> None:
    """F-I01, F-I02."""
    assert asking.post("/v1/transfers", body).status in (400, 422)
