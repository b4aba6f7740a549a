import pytest

from cross.connector.configured import one_of, path_in, profile_with, settings_of, url_in
from cross.domain.money import XOF, xof
from cross.domain.msisdn import TOGO
from cross.domain.operator import CollectMode, Limits, Profile, Text

PROFILE = Profile(
    name="coin",
    title="Coin",
    country=TOGO,
    currency=XOF,
    collect=CollectMode.PUSH,
    pay_out=True,
    prefixes=("90",),
    limits=Limits(xof(100), xof(1000)),
    prompt_seconds=120,
    answer_timeout_seconds=30.0,
    settling_seconds=60.0,
    refuses_repeated_reference=True,
    payer_sees=Text(fr="", en=""),
)


def test_a_missing_an_empty_and_an_unknown_setting_are_named() -> None:
    for settings in ({}, {"url": ""}):
        with pytest.raises(ValueError, match="coin needs the setting 'url'"):
            settings_of("coin", settings, required=("url",), defaults={})
    with pytest.raises(ValueError, match="coin has no setting 'ulr'"):
        settings_of("coin", {"url": "x", "ulr": "x"}, required=("url",), defaults={})


def test_defaults_stand_where_nothing_is_set() -> None:
    known = settings_of("coin", {"url": "u"}, required=("url",), defaults={"path": "/p"})

    assert known == {"url": "u", "path": "/p"}


@pytest.mark.parametrize(
    "value",
    [
        "", "localhost:8229", "ftp://host", "http://", "http://host:0", "http://host:many",
        "http://[::1", "http://user@host", "http://host/a b", "http://host/?a=1", "http://host/#a",
        "http://hôte", "http://host\r\nX: y",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_named_and_not_shown(value: str) -> None:
    with pytest.raises(ValueError, match="'base_url' is not an http or https address") as refusal:
        url_in("coin", {"base_url": value}, "base_url")
    assert not value or value not in str(refusal.value)


def test_an_address_loses_its_final_slash_and_may_have_a_query_where_asked() -> None:
    assert url_in("coin", {"u": "https://host:38443/a/"}, "u") == "https://host:38443/a"
    assert url_in("coin", {"u": "https://host/P?wsdl"}, "u", with_query=True).endswith("?wsdl")


def test_a_path_starts_with_a_slash() -> None:
    assert path_in("coin", {"p": "/login"}, "p") == "/login"
    for wrong in ("login", "", "/a b", "/a?b", "/é"):
        with pytest.raises(ValueError, match="'p' is not a path"):
            path_in("coin", {"p": wrong}, "p")


def test_a_choice_names_what_there_is_to_choose_from() -> None:
    with pytest.raises(ValueError, match="'layout' is not one of L1, L2"):
        one_of("coin", {"layout": "L9"}, "layout", ("L1", "L2"))


def test_waiting_times_can_be_set_and_are_otherwise_the_operators() -> None:
    changed = profile_with(PROFILE, {"answer_timeout_seconds": "0.5", "settling_seconds": "5"})

    assert (changed.answer_timeout_seconds, changed.settling_seconds) == (0.5, 5)
    assert changed.prompt_seconds == 120
    assert profile_with(PROFILE, {}) == PROFILE


@pytest.mark.parametrize("value", ["", "0", "-1", "nan", "inf", "1e3", "ten", "86401", "１"])
def test_a_waiting_time_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="'settling_seconds'"):
        profile_with(PROFILE, {"settling_seconds": value})
