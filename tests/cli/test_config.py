"""`cross config`: every setting has its line, every mistake its key, no secret is shown."""

import re
import tomllib
from pathlib import Path

import pytest

from cross.cli.config_template import WORDS, page, template
from cross.sealing import new_master_key_line
from cross.settings import Settings, given_settings
from tests.cli.running import Typed

REFERENCE = Path(__file__).parents[2] / "docs/reference/configuration.md"

BEFORE = 'callback_secret = "hush"\n'
TMONEY = '[operators.tmoney]\nlogin_url = "https://a.tg"\nmotDePasse = "hush"\n'
LIVE = 'livemode = true\npublic_url = "https://pay.cross.tg"\n'


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    return Typed(tmp_path)


def file_with(folder: Path, text: str) -> Path:
    place = folder / "cross.toml"
    place.write_text(text, encoding="utf-8")
    return place


def test_every_setting_is_in_the_template_with_a_word_on_it() -> None:
    for name in Settings.model_fields:
        assert re.search(rf"^#\s?\[*{name}\b", template(), re.MULTILINE), name
        assert name in WORDS


def test_the_template_parses_back_to_the_defaults() -> None:
    text = template()
    uncommented = "\n".join(
        line[1:] if re.match(r"#\S", line) else line for line in text.splitlines()
    )

    assert tomllib.loads(text) == {}
    assert given_settings(tomllib.loads(uncommented)) == given_settings({})


def test_the_page_of_the_configuration_is_current() -> None:
    """Write it anew with: python -m cross.cli.config_template docs/reference/configuration.md."""
    assert REFERENCE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("toml", "key", "told"),
    [
        ("prot = 1\n", "prot", "port?"),
        ("port = 70000\n", "port", "65535"),
        ("port = \n", "cross.toml", "line 1"),
        ('database_url = "books.txt"\n', "database_url", "sqlite:PATH"),
        (f"{BEFORE}[operators.tmoni]\n", "operators.tmoni", "tmoney?"),
        (f"{BEFORE}{TMONEY}motDePase = 'hush'\n", "operators.tmoney.motDePase", "motDePasse?"),
        (f"{LIVE}{BEFORE}[operators.tmoney]\nlogin_url = 'http://a.tg'\n", "operators", "https"),
        (f"{LIVE}{BEFORE}[operators.tmoney]\nlogin_url = 'https://localhost'\n", "operators", "re"),
        (f"livemode = true\npublic_url = 'http://a.tg'\n{BEFORE}", "public_url", "https"),
        ("master_key_file = 'none.key'\n", "master_key_file", "cannot be read"),
    ],
)
def test_a_mistake_is_told_with_its_key(
    typed: Typed, tmp_path: Path, toml: str, key: str, told: str
) -> None:
    """F-H07, F-O22."""
    said = typed("config", "check", "--json", "--config", str(file_with(tmp_path, toml)))

    mistakes = {one["key"]: one["message"] for one in said.document["mistakes"]}
    assert said.code == 4
    assert told in mistakes[key]
    assert "hush" not in said.out


def test_what_is_only_strange_is_a_warning(typed: Typed, tmp_path: Path) -> None:
    key_file = tmp_path / "master.key"
    key_file.write_text(new_master_key_line("first", random_bits=lambda bits: (1 << bits) - 1))
    key_file.chmod(0o644)
    file = file_with(tmp_path, f'master_key_file = "{key_file}"\n{TMONEY}')

    said = typed("config", "check", "--json", "--config", str(file), CROSS_PROT="1")

    warned = {one["key"]: one["message"] for one in said.document["warnings"]}
    assert said.code == 0
    assert "CROSS_PORT?" in warned["CROSS_PROT"]
    assert "chmod 0400" in warned["master_key_file"]
    assert {"callback_secret", "operators.tmoney.credit_url"} <= set(warned)


def test_a_key_file_that_others_may_read_is_a_mistake_in_live_mode(
    typed: Typed, tmp_path: Path
) -> None:
    """S-SEC-02."""
    key_file = tmp_path / "master.key"
    key_file.write_text(new_master_key_line("first", random_bits=lambda bits: (1 << bits) - 1))
    key_file.chmod(0o644)
    file = file_with(tmp_path, f'{LIVE}master_key_file = "{key_file}"\n')

    assert typed("config", "check", "--config", str(file)).code == 4


def test_what_counts_is_shown_with_its_origin_and_no_secret(typed: Typed, tmp_path: Path) -> None:
    """S-SEC-04."""
    file = file_with(tmp_path, f'{BEFORE}{TMONEY}host = "x"\n'.replace('host = "x"\n', ""))
    (tmp_path / ".env").write_text(
        "CROSS_DATABASE_URL=postgresql://cross:hush@db.tg/cross\n"
        "CROSS_OPERATORS__TMONEY__NOMUTILISATEUR=afi\n"
    )

    said = typed("config", "show", "--json", "--config", str(file), CROSS_PORT="9000")

    shown = said.document["settings"]
    assert shown["port"] == {"value": 9000, "origin": "environment"}
    assert shown["database_url"] == {"value": "postgresql://db.tg/cross", "origin": ".env"}
    assert shown["operators.tmoney.nomUtilisateur"] == {"value": "afi", "origin": ".env"}
    assert shown["operators.tmoney.login_url"] == {"value": "https://a.tg", "origin": "file"}
    assert shown["operators.tmoney.motDePasse"]["value"] == "••••••"
    assert shown["callback_secret"]["value"] == "••••••"
    assert shown["host"]["origin"] == "default"
    assert "hush" not in said.out + typed("config", "show", "--config", str(file)).out
