"""Secrets in the books: sealed, rotated while they are used, and never missing unnoticed."""

import secrets as randomness
from collections.abc import Callable
from pathlib import Path

import pytest

from cross.bootstrap import completed
from cross.clock import system_clock
from cross.domain.errors import NotFound
from cross.sealing import KeyFile, SealingRefused, Seals, new_master_key_line
from cross.settings import given_settings
from cross.storage import secrets as stored
from cross.storage.store import Stale, Store
from cross.switch import secrets
from cross.switch.secrets import MasterKeyInUse, Vault
from tests.conftest import Run

MANY = 120


@pytest.fixture
def vault(store: Store, tmp_path: Path) -> Vault:
    return secrets.vault_alone(store, seals_in(tmp_path), system_clock)


def seals_in(folder: Path, name: str = "first") -> Seals:
    file = folder / f"{name}.key"
    if not file.exists():
        file.write_text(f"{new_master_key_line(name, random_bits=randomness.randbits)}\n")
    return Seals(KeyFile(file), random_bits=randomness.randbits)


def test_a_secret_is_kept_sealed_and_opened_whole(vault: Vault, run: Run) -> None:
    """S-SEC-01."""
    run(secrets.keep(vault, "dmoney", "private_key", "several\nlines"))
    run(secrets.keep(vault, "tmoney", "motDePasse", "first"))
    run(secrets.keep(vault, "tmoney", "motDePasse", "second"))

    assert run(secrets.opened(vault)) == {
        "dmoney": {"private_key": "several\nlines"},
        "tmoney": {"motDePasse": "second"},
    }
    kept = run(stored.kept(vault.reader))
    assert not [one for one in kept if "second" in one.sealed or "lines" in one.sealed]


def test_what_is_listed_has_no_value(vault: Vault, run: Run) -> None:
    run(secrets.keep(vault, "tmoney", "motDePasse", "hush"))

    [one] = run(secrets.listed(vault))

    assert (one.owner, one.field, one.master_key) == ("tmoney", "motDePasse", "first")
    assert "hush" not in repr(one)


def test_a_secret_is_forgotten_once(vault: Vault, run: Run) -> None:
    run(secrets.keep(vault, "tmoney", "motDePasse", "hush"))
    run(secrets.forget(vault, "tmoney", "motDePasse"))

    assert run(secrets.opened(vault)) == {}
    with pytest.raises(NotFound):
        run(secrets.forget(vault, "tmoney", "motDePasse"))


def test_a_rotation_goes_on_where_it_was_interrupted(vault: Vault, run: Run) -> None:
    """S-SEC-03, F-H04."""
    for number in range(MANY):
        run(secrets.keep(vault, "dmoney", f"field_{number:03}", f"value {number}"))
    before = run(secrets.opened(vault))

    assert run(secrets.begin_rotation(vault, randomness.randbits))
    new = vault.seals.current
    assert run(secrets.reseal(vault, limit=50)) == MANY - 50
    assert run(secrets.opened(vault)) == before  # both versions are readable
    with pytest.raises(MasterKeyInUse):
        run(secrets.retire(vault, "first"))

    assert not run(secrets.begin_rotation(vault, randomness.randbits))
    assert vault.seals.current == new
    while run(secrets.reseal(vault, limit=50)):
        pass
    run(secrets.retire(vault, "first"))

    assert vault.seals.names == (new,)
    assert run(secrets.opened(vault)) == before
    assert run(secrets.require_readable(vault)) == MANY


def test_a_second_rotation_on_one_day_has_a_name_of_its_own(vault: Vault, run: Run) -> None:
    for _ in range(3):
        run(secrets.begin_rotation(vault, randomness.randbits))

    assert len(set(vault.seals.names)) == 4


def test_the_key_in_use_is_not_retired(vault: Vault, run: Run) -> None:
    with pytest.raises(SealingRefused, match="first"):
        run(secrets.retire(vault, "first"))


def test_what_was_set_meanwhile_is_not_put_back(vault: Vault, store: Store, run: Run) -> None:
    run(secrets.keep(vault, "tmoney", "motDePasse", "old"))
    [kept] = run(stored.kept(vault.reader))
    run(secrets.keep(vault, "tmoney", "motDePasse", "new"))

    late = stored.Resealed(stored.SECRETS, ("tmoney", "motDePasse"), kept.sealed, "x")

    [verdict] = run(store.record([late]))

    assert isinstance(verdict, Stale)

    assert run(secrets.opened(vault)) == {"tmoney": {"motDePasse": "new"}}


def lost(folder: Path) -> Seals:
    return seals_in(folder, "another")


def none(folder: Path) -> Seals:
    del folder
    return Seals(None, random_bits=randomness.randbits)


@pytest.mark.parametrize("there", [lost, none])
def test_nothing_starts_where_a_secret_cannot_be_read_and_it_is_named(
    vault: Vault, run: Run, tmp_path: Path, there: Callable[[Path], Seals]
) -> None:
    """F-H04: the record is named, the secret is not."""
    run(secrets.keep(vault, "tmoney", "motDePasse", "hush"))
    settings = given_settings({})

    with pytest.raises(ValueError, match="secrets/tmoney/motDePasse") as raised:
        run(completed(settings, vault._replace(seals=there(tmp_path))))
    assert "hush" not in str(raised.value)


def test_the_stored_secret_wins_over_the_file(vault: Vault, run: Run) -> None:
    run(secrets.keep(vault, "tmoney", "motDePasse", "stored"))
    run(secrets.keep(vault, "cross", "callback_secret", "stored too"))
    settings = given_settings(
        {
            "callback_secret": "file",
            "operators": {"tmoney": {"motDePasse": "file", "login_url": "https://a.example"}},
        }
    )

    found = run(completed(settings, vault))

    assert found.callback_secret == "stored too"
    assert found.operators["tmoney"] == {"motDePasse": "stored", "login_url": "https://a.example"}


def test_a_secret_of_an_operator_that_is_not_configured_connects_nothing(
    vault: Vault, run: Run
) -> None:
    run(secrets.keep(vault, "flooz", "password", "left over"))

    assert run(completed(given_settings({}), vault)).operators == {}


def test_the_environment_which_has_no_capitals_is_understood(vault: Vault, run: Run) -> None:
    settings = given_settings({"operators": {"tmoney": {"motdepasse": "x", "NOMUTILISATEUR": "y"}}})

    found = run(completed(settings, vault))

    assert found.operators["tmoney"] == {"motDePasse": "x", "nomUtilisateur": "y"}
