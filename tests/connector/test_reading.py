import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.connector.reading import (
    Number,
    is_other_wallet,
    message_in,
    money_in,
    plain_words,
    read_object,
    read_object_in_any_case,
    reference_in,
    text_in,
)
from cross.domain.money import XOF, xof
from cross.domain.msisdn import Msisdn

WALLET = Msisdn("+22890112233")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"code":"2002"',  # F-N05
        b"<html><body>502 Bad Gateway</body></html>",  # F-N13
        b'{"code":"500","code":"2002"}',  # F-C18
        b'{"data":{"a":1,"a":2}}',
        b'{"montant":NaN}',  # F-I04
        b'{"montant":Infinity}',
        b'{"montant":-Infinity}',
        b'{"code":"\xff"}',  # F-I02
        b'\xef\xbb\xbf{"code":"2002"}',
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_what_is_no_honest_json_object_is_no_answer(body: bytes) -> None:
    assert read_object(body) is None
    assert read_object_in_any_case(body) is None


def test_keys_that_differ_in_case_are_one_key_and_may_not_be_given_twice() -> None:
    assert read_object_in_any_case(b'{"idRequete":"A"}') == {"idrequete": "A"}
    assert read_object_in_any_case(b'{"idRequete":"A","idrequete":"B"}') is None
    assert read_object(b'{"idRequete":"A","idrequete":"B"}') is not None


def test_numbers_keep_their_digits_and_never_become_floats() -> None:
    read = read_object(b'{"a":1500.50,"b":9007199254740993,"c":' + b"9" * 5_000 + b"}")

    assert read is not None
    assert read["a"] == "1500.50"
    assert read["b"] == "9007199254740993"
    assert read["c"] == "9" * 5_000
    assert all(isinstance(value, Number) for value in read.values())


def test_a_number_is_no_text_so_that_a_zero_by_default_is_never_a_yes() -> None:
    assert text_in("0") == "0"
    assert text_in(Number("0")) is None
    assert text_in(None) is None
    assert text_in(["0"]) is None


@pytest.mark.parametrize("value", ["1500", "1500.0", "1500.00", Number("1500"), Number("1500.0")])
def test_a_whole_amount_is_read_from_text_and_number_alike(value: str) -> None:
    assert money_in(value, XOF) == xof(1500)


@pytest.mark.parametrize(
    "value",
    [
        "1500.50", Number("1500.5"), "-1500", Number("-0"), "1e3", Number("1.5E3"), "", " 1500",
        "１５００", "1,500", Number("9" * 5_000), True, None, [], {}, 1500, 1500.0,
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_any_other_amount_is_none_at_all(value: object) -> None:
    assert money_in(value, XOF) is None


@pytest.mark.parametrize("value", ["22890112233", "90112233", Number("22890112233")])
def test_a_wallet_is_recognised_with_and_without_its_country(value: str) -> None:
    assert not is_other_wallet(value, WALLET)


@pytest.mark.parametrize("value", ["22890112234", "", "112233", [], True, {"a": 1}])
def test_another_wallet_is_told_apart(value: object) -> None:
    assert is_other_wallet(value, WALLET)
    assert not is_other_wallet(None, WALLET)


def test_references_and_messages_are_fit_to_be_kept_whatever_the_operator_writes() -> None:
    assert reference_in("T#REF802") == "T#REF802"
    assert type(reference_in(Number("104455667"))) is str
    for unfit in ("", "A\x00B", "é", "A\nB", "x" * 65, None, 7, ["A"]):
        assert reference_in(unfit) is None
    assert (
        message_in(None, "", "\x00\x1b", "Solde\x00 insuffisant\u202e\ud800") == "Solde insuffisant"
    )
    assert len(message_in("x" * 10_000) or "") == 200
    assert plain_words("DÉLAI Dépassé") == "delai depasse"


@given(st.binary(max_size=200))
def test_reading_never_raises(body: bytes) -> None:
    read_object(body)
    read_object_in_any_case(body)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text())))
def test_no_value_makes_a_reader_raise(value: object) -> None:
    text_in(value)
    message_in(value)
    is_other_wallet(value, WALLET)
    money = money_in(value, XOF)
    assert money is None or money.amount >= 0
    reference = reference_in(value)
    assert reference is None or (reference.isascii() and reference.isprintable())
