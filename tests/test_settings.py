"""Settings: what is wrong is named, what is not known is refused, the environment wins."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cross.settings import SwitchSettings, TerminalSettings, given_settings, read_settings

WRONG: dict[str, Any] = {
    "port": 70_000,
    "sends_max": 0,
    "quote_minutes": 0,
    "lease_seconds": 0,
    "look_every_seconds": -1,
    "query_every_seconds": 0,
    "settling_seconds": -1,
    "apart_seconds": "soon",
    "livemode": "perhaps",
    "query_schedule_seconds": "often",
    "operators": ["tmoney"],
    "fees": [{"name": "a", "movement": "gift", "currency": "XOF", "bands": []}],
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in ("PORT", "LIVEMODE", "DATABASE_URL", "OPERATORS__TMONEY__PASSWORD"):
        monkeypatch.delenv(f"CROSS_{name}", raising=False)


def file_with(folder: Path, text: str) -> Path:
    place = folder / "cross.toml"
    place.write_text(text, encoding="utf-8")
    return place


def test_without_a_file_there_are_defaults_that_move_no_real_money(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "none.toml")

    assert not settings.livemode
    assert settings.operators == {}
    assert settings.host == "127.0.0.1"


def test_what_the_file_says_is_read(tmp_path: Path) -> None:
    settings = read_settings(
        file_with(tmp_path, 'port = 9000\n[operators.tmoney]\nlogin_url = "https://a.example"\n')
    )

    assert settings.port == 9000
    assert settings.operators == {"tmoney": {"login_url": "https://a.example"}}


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSS_PORT", "9100")
    monkeypatch.setenv("CROSS_OPERATORS__TMONEY__PASSWORD", "from outside")
    file = file_with(tmp_path, 'port = 9000\n[operators.tmoney]\nlogin_url = "https://a.example"\n')

    settings = read_settings(file)

    assert settings.port == 9100
    assert settings.operators["tmoney"] == {
        "login_url": "https://a.example",
        "password": "from outside",
    }


def test_what_is_typed_wins_over_the_file_and_not_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSS_LIVEMODE", "true")
    file = file_with(tmp_path, "port = 9000\n")

    settings = read_settings(file, {"port": 9200, "livemode": False})

    assert (settings.port, settings.livemode) == (9200, True)


@pytest.mark.parametrize("name", ["prot", "operator", "settling", "fees_"])
def test_a_misspelt_name_is_refused_and_named(tmp_path: Path, name: str) -> None:
    """A limit that somebody believes to have set must not be the default."""
    with pytest.raises(ValidationError) as raised:
        read_settings(file_with(tmp_path, f"{name} = 1\n"))

    assert name in str(raised.value)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_and_its_place_named(name: str) -> None:
    with pytest.raises(ValidationError) as raised:
        given_settings({name: WRONG[name]})

    assert {error["loc"][0] for error in raised.value.errors()} == {name}


def test_a_band_of_fees_knows_its_fields() -> None:
    band = {"least": 1, "most": 10, "percent": 2}
    fee = {"name": "a", "movement": "transfer", "currency": "XOF", "bands": [band]}

    with pytest.raises(ValidationError, match="percent"):
        given_settings({"fees": [fee]})


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 1"):
        read_settings(file_with(tmp_path, "port: 9000"))


def test_given_settings_hear_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox must not meet a real operator because the environment names one."""
    monkeypatch.setenv("CROSS_LIVEMODE", "true")
    monkeypatch.setenv("CROSS_OPERATORS__TMONEY__PASSWORD", "real")

    settings = given_settings({"port": 9000})

    assert (settings.port, settings.livemode, settings.operators) == (9000, False, {})


def test_the_switch_gets_its_part_as_it_was_set() -> None:
    patience: dict[str, Any] = {
        "query_schedule_seconds": (1.0, 2.0),
        "query_every_seconds": 3.0,
        "settling_seconds": 4.0,
        "apart_seconds": 6.0,
        "sends_max": 7,
        "quote_minutes": 8,
        "lease_seconds": 9.0,
        "look_every_seconds": 11.0,
        "livemode": True,
    }

    assert given_settings(patience).for_switch() == SwitchSettings(
        **patience, books_folder=Path.cwd()
    )


@pytest.mark.parametrize(
    "secret",
    [
        {"callback_secret": "hush"},
        {"operators": {"tmoney": {"motDePasse": "hush"}}},
        {"database_url": "postgresql://cross:hush@db.example/cross"},
    ],
    ids=lambda secret: next(iter(secret)),
)
def test_a_secret_is_not_printed_with_the_settings(secret: dict[str, Any]) -> None:
    """S-SEC-04."""
    assert "hush" not in repr(given_settings(secret))


@pytest.mark.parametrize(
    "secret",
    [{"callback_secret": ["hush"]}, {"operators": {"tmoney": {"motDePasse": ["hush"]}}}],
    ids=lambda secret: next(iter(secret)),
)
def test_a_secret_is_not_printed_where_it_is_refused(secret: dict[str, Any]) -> None:
    """S-SEC-04: the message goes to a terminal and to logs."""
    with pytest.raises(ValidationError) as raised:
        given_settings(secret)

    assert next(iter(secret)) in str(raised.value)
    assert "hush" not in str(raised.value)


def test_the_terminal_says_its_language_and_where_state_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CROSS_LANG", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", "fr_TG.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")

    terminal = TerminalSettings()

    assert terminal.lang == "fr_TG.UTF-8"
    assert terminal.sandbox_file == Path("/state/cross/sandbox.json")


def test_a_dotenv_beside_the_file_wins_over_it_and_the_environment_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_with(tmp_path, 'port = 9000\nhost = "a.example"\nsends_max = 1\n')
    (tmp_path / ".env").write_text("CROSS_PORT=9001\nCROSS_HOST=b.example\nSHELL_OF=others\n")
    monkeypatch.setenv("CROSS_HOST", "c.example")

    settings = read_settings(file)

    assert (settings.port, settings.host, settings.sends_max) == (9001, "c.example", 1)


def test_a_misspelt_name_in_a_dotenv_is_refused_and_named(tmp_path: Path) -> None:
    """F-H07."""
    file = file_with(tmp_path, "")
    (tmp_path / ".env").write_text("CROSS_PROT=9001\n")

    with pytest.raises(ValidationError, match="prot"):
        read_settings(file)
