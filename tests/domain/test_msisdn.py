"""Phone numbers: read as people write them, kept as E.164, shown masked."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain.errors import InvalidMsisdn
from cross.domain.msisdn import COUNTRIES, DJIBOUTI, TOGO, Country, Msisdn, read_msisdn

TAKEN_THOUGH_ABSENT_FROM_THE_METADATA = {("TG", "94"), ("TG", "95")}
"""Given by a Togolese checker; phonenumbers does not know them (docs/decisions/0006)."""

TOGOLESE = st.from_regex(TOGO.mobile, fullmatch=True)
SEPARATORS = st.sampled_from(["", " ", ".", "-", "\N{NO-BREAK SPACE}", "  "])


@pytest.mark.parametrize(
    "text",
    [
        *("90112233", "90 11 22 33", "90.11.22.33", "90-11-22-33", " 90112233 "),
        *("22890112233", "228 90 11 22 33", "+22890112233", "+228 90 11 22 33"),
        *("0022890112233", "00 228 90 11 22 33", "(+228) 90-11-22-33", "(228) 90 11 22 33"),
        *("90\N{NO-BREAK SPACE}11\N{NO-BREAK SPACE}22\N{NO-BREAK SPACE}33",),
        *("90\N{NARROW NO-BREAK SPACE}11\N{NARROW NO-BREAK SPACE}2233",),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str) -> None:
    assert read_msisdn(text, country=TOGO) == Msisdn("+22890112233")
    assert read_msisdn(text, country=None) == Msisdn("+22890112233")


@given(TOGOLESE, st.sampled_from(["", "+228", "00228", "228"]), st.data())
def test_separators_and_the_country_code_change_nothing(
    national: str, lead: str, data: st.DataObject
) -> None:
    written = lead + "".join(digit + data.draw(SEPARATORS) for digit in national)

    assert read_msisdn(written, country=TOGO).e164 == f"+228{national}"


@pytest.mark.parametrize("national", ["77112233", "77 11 22 33"])
def test_the_operators_country_completes_a_national_number(national: str) -> None:
    assert read_msisdn(national, country=DJIBOUTI).e164 == "+25377112233"


def test_a_number_of_another_country_than_the_operators_is_refused() -> None:
    with pytest.raises(InvalidMsisdn):
        read_msisdn("+22890112233", country=DJIBOUTI)
    with pytest.raises(InvalidMsisdn):
        read_msisdn("+25377112233", country=TOGO)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "+", "+228", "9011223", "901122334", "+2289011223", "228228 90112233"),
        *("22112233", "60112233", "+33612345678", "++22890112233", "22890112233+"),
        *("90112233a", "9O112233", "tel:90112233", "90/11/22/33", "90112233;ext=1", "-1"),
    ],
)
def test_what_is_no_mobile_number_of_a_country_served_is_refused(text: str) -> None:
    with pytest.raises(InvalidMsisdn):
        read_msisdn(text, country=None)


@pytest.mark.parametrize(
    "text",
    [
        "\N{FULLWIDTH DIGIT NINE}\N{FULLWIDTH DIGIT ZERO}112233",
        "\N{ARABIC-INDIC DIGIT NINE}\N{ARABIC-INDIC DIGIT ZERO}112233",
        "9011223\N{SUPERSCRIPT THREE}",
        "\N{FULLWIDTH PLUS SIGN}22890112233",
        "90112233\N{ZERO WIDTH SPACE}",
    ],
)
def test_digits_of_another_script_are_refused(text: str) -> None:
    """F-Y09: they look alike, and another program reads them otherwise."""
    with pytest.raises(InvalidMsisdn):
        read_msisdn(text, country=TOGO)


@given(st.text(max_size=24))
def test_a_text_is_either_a_number_of_a_country_served_or_refused(text: str) -> None:
    try:
        msisdn = read_msisdn(text, country=None)
    except InvalidMsisdn:
        return
    assert msisdn.country in COUNTRIES.values()


def test_a_refusal_names_the_field_and_never_the_number() -> None:
    with pytest.raises(InvalidMsisdn) as refusal:
        read_msisdn("+228901122", country=TOGO, param="destination.msisdn")

    assert refusal.value.param == "destination.msisdn"
    with pytest.raises(InvalidMsisdn) as unnamed:
        read_msisdn("+228901122", country=TOGO)
    assert unnamed.value.param == "msisdn"
    assert "901122" not in str(refusal.value)


@pytest.mark.parametrize("text", ["90112233", "+022890112233", "+228", "+2289011223３", "", "+a"])
def test_only_e164_is_kept(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an E\.164 phone number$"):
        Msisdn(text)


@given(TOGOLESE)
def test_a_number_prints_masked(national: str) -> None:
    """I-42: the country code and the last two digits."""
    msisdn = Msisdn(f"+228{national}")

    for shown in (str(msisdn), repr(msisdn), f"{msisdn}", f"{[msisdn]}"):
        assert national[:6] not in shown
        assert f"+228••••{national[-2:]}" in shown


def test_an_operator_gets_the_digits_it_wants() -> None:
    msisdn = Msisdn("+22890112233")

    assert msisdn.digits == "22890112233"
    assert msisdn.national_in(TOGO) == "90112233"
    assert msisdn.national_in(DJIBOUTI) is None
    assert msisdn.country is TOGO


@pytest.mark.parametrize("country", COUNTRIES.values(), ids=lambda country: country.code)
@pytest.mark.parametrize("prefix", [f"{number:02}" for number in range(100)])
def test_our_numbering_plan_is_that_of_phonenumbers(country: Country, prefix: str) -> None:
    national = f"{prefix}112233"
    number = phonenumbers.parse(f"+{country.calling_code}{national}")
    theirs = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    expected = theirs or (country.code, prefix) in TAKEN_THOUGH_ABSENT_FROM_THE_METADATA

    assert (country.mobile.fullmatch(national) is not None) == expected
