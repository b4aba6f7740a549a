"""`cross partners`, against a sandbox that runs, on a narrow terminal."""

from pathlib import Path

import pytest

from tests.cli.running import Running, Typed

PASSWORD = "Mot-de-passe-9"
CALLBACK = "https://bank.example/callbacks/that/are/quite/long/so-that-no-screen-holds-them"


@pytest.fixture(scope="module")
def bank(running: Running, home: Path) -> str:
    """The user name of a bank with a long callback address."""
    assert running.said["sim_url"]
    Typed(home)(
        *("partners", "add", "banque-neuf", "--name", "BANQUE NEUF", "--number", "9"),
        *("--password", PASSWORD, "--callback-url", CALLBACK),
    )
    return "banque-neuf"


def test_an_id_and_an_address_are_never_cut(typed: Typed, bank: str) -> None:
    found = typed.document("partners", "show", bank)
    for words in (("list",), ("show", bank), ("set", bank, "--cut-off", "17:30")):
        shown = typed("partners", *words).out
        assert found["id"] in shown
        assert CALLBACK in shown.replace("\n", "")
        assert "…" not in shown


def test_a_password_that_nobody_can_type_is_asked_for_by_its_flag(typed: Typed, bank: str) -> None:
    for words in (("password", bank), ("test-legacy", bank)):
        said = typed("partners", *words)
        assert said.code == 2
        assert "--password" in said.err
        assert "CROSS_PARTNER_PASSWORD" in said.err


def test_a_bank_that_is_refused_is_told_why_it_may_be(typed: Typed, bank: str) -> None:
    good = typed.document("partners", "test-legacy", bank, "--password", PASSWORD)
    assert good["login"]["code"] == "2000"
    wrong = typed("partners", "test-legacy", bank, "--password", "not-this-one")
    assert (wrong.code, "the password" in wrong.err) == (4, True)
    typed("partners", "set", bank, "--network", "192.0.2.0/24")
    elsewhere = typed("partners", "test-legacy", bank, "--password", PASSWORD, "--lang", "fr")
    assert (elsewhere.code, "hors de 192.0.2.0/24" in elsewhere.err) == (4, True)


def test_a_cross_toml_here_is_meant_before_the_running_sandbox(
    typed: Typed, bank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An admin's secrets and keys never change in the sandbox that he left running."""
    made = Typed(tmp_path)("init", "--yes", "--dir", str(tmp_path), "--port", "1")
    assert made.code == 0
    monkeypatch.chdir(tmp_path)
    said = typed("partners", "show", bank)
    assert (said.code, "http://127.0.0.1:1" in said.err) == (1, True)
    sealed = typed.document("secrets", "list")
    assert [(one["operator"], one["field"]) for one in sealed["data"]] == [
        ("cross", "callback_secret")
    ]
