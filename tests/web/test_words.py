"""Words: the same keys and places in every language; amounts, numbers and dates as people write."""

import re
from datetime import UTC, datetime

import pytest

from cross.domain.money import djf, xof
from cross.domain.msisdn import Msisdn
from cross.domain.operator import RefusalCode
from cross.web.leaving import way_to
from cross.web.words import ENGLISH, FRENCH, LANGUAGES, masked, spelled, western

ORDER = "ord_01JD5Z8Q4M7F3Q9K2M4PABCDEF"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything_with_the_same_places(code: str) -> None:
    words = LANGUAGES[code].words

    assert words.keys() == FRENCH.words.keys()
    for key, said in words.items():
        assert said.strip() == said != ""
        places = [set(re.findall(r"\{\w+\}", one)) for one in (said, FRENCH.words[key])]
        assert places[0] == places[1], key


def test_every_reason_that_a_payer_may_meet_has_a_sentence() -> None:
    for code in set(RefusalCode) - {RefusalCode.FLOAT_TOO_LOW}:
        assert f"why_{code}" in FRENCH.words


def test_amounts_have_one_symbol_and_no_break_within() -> None:
    assert FRENCH.amount(xof(1_500_000)) == "1\u00a0500\u00a0000\u00a0F\u00a0CFA"
    assert ENGLISH.amount(xof(1_500_000)) == "1,500,000\u00a0F\u00a0CFA"
    assert FRENCH.amount(djf(25_000)) == "25\u00a0000\u00a0Fdj"
    assert "\u202f" not in FRENCH.amount(xof(1_500_000))


def test_a_number_shows_its_ends_to_its_owner() -> None:
    assert masked(Msisdn("+22890112256")) == "90\u00a0••\u00a0••\u00a056"
    assert spelled(Msisdn("+25377112256")) == "77\u00a011\u00a022\u00a056"


def test_a_date_is_what_clocks_there_show() -> None:
    at = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)

    assert FRENCH.moment(at, country="TG") == "22 novembre 2026 à 22:30"
    assert ENGLISH.moment(at, country="DJ") == "23 November 2026 at 01:30"


def test_french_ends_no_line_before_its_marks() -> None:
    for said in FRENCH.words.values():
        assert not re.search(r" [?:;!]", said)


def test_values_are_escaped_and_words_are_not() -> None:
    said = FRENCH.say("done_text", merchant="<i>", amount="&")

    assert said == "<strong>&lt;i&gt;</strong> a reçu <strong>&amp;</strong>."


def test_figures_of_other_scripts_are_figures() -> None:
    assert western("١٢ ٥٠٠") == "12500"


@pytest.mark.parametrize(
    ("url", "went"),
    [
        ("https://shop.tg/ok", f"https://shop.tg/ok?order={ORDER}"),
        ("https://shop.tg/ok?a=1", f"https://shop.tg/ok?a=1&order={ORDER}"),
        ("https://shop.tg/ok#end", f"https://shop.tg/ok?order={ORDER}#end"),
        ("http://shop.tg:8080", f"http://shop.tg:8080?order={ORDER}"),
    ],
)
def test_the_shop_gets_the_order_and_nothing_else(url: str, went: str) -> None:
    found = way_to(url, ORDER)

    assert found is not None
    assert found.url == went
    assert found.host.startswith("shop.tg")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.com",
        "https://good.com\\@evil.com",
        "https://good.com@evil.com",
        "https://shop.tg/\tok",
        "https://shop.tg/ ok",
        "https://[::1",
        "https:///ok",
    ],
)
def test_an_address_that_two_parsers_read_differently_is_no_way_back(url: str | None) -> None:
    """F-S14, S-WEB-07."""
    assert way_to(url, ORDER) is None
