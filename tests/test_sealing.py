"""S-SEC-01 to 03: what is sealed opens in its own row, under its own key, and unaltered."""

import base64
import secrets
import stat
from pathlib import Path

import pytest

from cross.sealing import (
    KeyFile,
    MasterKeys,
    SealingRefused,
    Seals,
    is_readable_by_others,
    master_key_of,
    new_master_key_line,
    read_master_keys,
    sealed_under,
)

RECORD = "secrets/tmoney/motDePasse"
SECRET = "très secret".encode()


def file_with(folder: Path, *names: str) -> Path:
    place = folder / "master.key"
    place.write_text(
        "".join(f"{new_master_key_line(name, random_bits=secrets.randbits)}\n" for name in names)
    )
    place.chmod(0o400)
    return place


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    return Seals(KeyFile(file_with(tmp_path, "first")), random_bits=secrets.randbits)


def test_what_is_sealed_opens_in_its_own_row(seals: Seals) -> None:
    sealed = seals.seal(SECRET, record=RECORD)

    assert seals.open(sealed, record=RECORD) == SECRET
    assert SECRET not in sealed.encode()
    assert base64.b64encode(SECRET).decode() not in sealed


def test_moved_to_another_row_it_does_not_open(seals: Seals) -> None:
    sealed = seals.seal(SECRET, record=RECORD)

    with pytest.raises(SealingRefused):
        seals.open(sealed, record="secrets/flooz/password")


def test_the_same_secret_is_never_sealed_to_the_same_text(seals: Seals) -> None:
    assert seals.seal(SECRET, record=RECORD) != seals.seal(SECRET, record=RECORD)


def test_no_character_of_it_can_be_altered(seals: Seals) -> None:
    sealed = seals.seal(SECRET, record=RECORD)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    for place, letter in enumerate(sealed):
        if sealed[place + 1 : place + 2] in ("=", ".", ""):
            continue  # the last letter before padding has bits that nobody reads
        other = letters[(letters.find(letter) + 1) % len(letters)]
        altered = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(SealingRefused):
            seals.open(altered, record=RECORD)


@pytest.mark.parametrize("text", ["", "s1", "s1.first.AAAA", "s2.first.AAAA.AAAA", "a.b.c.d.e"])
def test_what_was_never_sealed_is_refused(seals: Seals, text: str) -> None:
    with pytest.raises(SealingRefused):
        seals.open(text, record=RECORD)


def test_under_a_key_that_is_not_there_it_does_not_open_and_the_key_is_named(
    tmp_path: Path, seals: Seals
) -> None:
    sealed = seals.seal(SECRET, record=RECORD)
    (tmp_path / "other").mkdir()
    others = Seals(KeyFile(file_with(tmp_path / "other", "second")), random_bits=secrets.randbits)

    with pytest.raises(SealingRefused, match="'first'") as raised:
        others.open(sealed, record=RECORD)
    assert SECRET.decode() not in str(raised.value)


def test_another_key_of_the_same_name_does_not_open_it(seals: Seals) -> None:
    sealed = seals.seal(SECRET, record=RECORD)
    again = MasterKeys("first", {"first": secrets.token_bytes(32)})

    with pytest.raises(SealingRefused):
        Seals(again, random_bits=secrets.randbits).open(sealed, record=RECORD)


def test_during_a_rotation_both_versions_are_readable(tmp_path: Path) -> None:
    """S-SEC-03, F-H04."""
    keys = KeyFile(file_with(tmp_path, "first"))
    seals = Seals(keys, random_bits=secrets.randbits)
    before = seals.seal(SECRET, record=RECORD)

    keys.add("second", random_bits=secrets.randbits)
    after = seals.seal(SECRET, record=RECORD)
    again = seals.sealed_again(before, record=RECORD)

    assert [master_key_of(text) for text in (before, after, again)] == ["first", "second", "second"]
    assert again.startswith(sealed_under("second"))
    assert {seals.open(text, record=RECORD) for text in (before, after, again)} == {SECRET}
    assert seals.sealed_again(again, record=RECORD) == again

    keys.drop("first")
    assert seals.open(again, record=RECORD) == SECRET
    with pytest.raises(SealingRefused):
        seals.open(before, record=RECORD)


def test_a_process_that_runs_takes_a_changed_file_up(tmp_path: Path) -> None:
    file = file_with(tmp_path, "first")
    running = Seals(KeyFile(file), random_bits=secrets.randbits)
    tokens = running.admin_tokens()

    KeyFile(file).add("second", random_bits=secrets.randbits)

    assert (running.current, running.names) == ("second", ("second", "first"))
    assert set(tokens) < set(running.admin_tokens())


def test_a_file_that_went_bad_changes_nothing_for_whoever_runs(tmp_path: Path) -> None:
    file = file_with(tmp_path, "first")
    running = Seals(KeyFile(file), random_bits=secrets.randbits)
    sealed = running.seal(SECRET, record=RECORD)
    file.chmod(0o600)
    file.write_text("not a key\n")

    assert running.open(sealed, record=RECORD) == SECRET


def test_a_rotation_keeps_who_may_read_the_file(tmp_path: Path) -> None:
    file = file_with(tmp_path, "first")

    KeyFile(file).add("second", random_bits=secrets.randbits)

    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert list(tmp_path.iterdir()) == [file]


def test_of_two_rotations_at_once_one_is_refused_and_no_key_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes, one file: who writes last would write it without the other's key."""
    place = file_with(tmp_path, "first")
    ours, theirs = KeyFile(place), KeyFile(place)
    lines = ours._lines

    def meanwhile() -> list[str]:
        found = lines()
        with pytest.raises(BlockingIOError):
            theirs.add("theirs", random_bits=secrets.randbits)
        return found

    monkeypatch.setattr(ours, "_lines", meanwhile)
    ours.add("ours", random_bits=secrets.randbits)
    theirs.add("theirs", random_bits=secrets.randbits)
    assert list(theirs.keys().keys) == ["theirs", "ours", "first"]


def test_a_file_that_went_bad_is_not_written_on(tmp_path: Path) -> None:
    file = KeyFile(file_with(tmp_path, "first"))
    file.path.chmod(0o600)
    file.path.write_text("first not-a-key\n")
    with pytest.raises(ValueError, match="not lines of"):
        file.add("second", random_bits=secrets.randbits)
    assert file.path.read_text() == "first not-a-key\n"


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_only_an_older_key_that_is_there_is_dropped(tmp_path: Path, name: str) -> None:
    keys = KeyFile(file_with(tmp_path, "second", "first"))

    if name == "first":
        keys.drop(name)
        assert tuple(keys.keys().keys) == ("second",)
    else:
        with pytest.raises(ValueError, match=name):
            keys.drop(name)


@pytest.mark.parametrize(
    "text", ["", "first", "first AAAA", "fi rst " + "A" * 43 + "=", "clé " + "A" * 43 + "="]
)
def test_a_file_that_is_no_key_file_is_refused_without_telling_it(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "master.key"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match="master_key_file") as raised:
        read_master_keys(file)
    assert "A" * 43 not in str(raised.value)


def test_a_name_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="master_key_file"):
        read_master_keys(file_with(tmp_path, "first", "first"))


@pytest.mark.parametrize(
    ("mode", "told"), [(0o400, False), (0o600, False), (0o640, True), (0o604, True), (0o644, True)]
)
def test_a_file_that_others_may_read_is_known(tmp_path: Path, mode: int, *, told: bool) -> None:
    """S-SEC-02."""
    file = file_with(tmp_path, "first")
    file.chmod(mode)

    assert is_readable_by_others(file) is told


def test_no_key_is_printed(tmp_path: Path) -> None:
    """S-SEC-04."""
    keys = read_master_keys(file_with(tmp_path, "first"))
    printed = f"{keys!r} {Seals(keys, random_bits=secrets.randbits)!r}"

    assert repr(keys.keys["first"]) not in printed
    assert keys.keys["first"].hex() not in printed


def test_without_a_master_key_nothing_is_sealed_and_nothing_opened(seals: Seals) -> None:
    sealed = seals.seal(SECRET, record=RECORD)
    none = Seals(None, random_bits=secrets.randbits)

    for refused in (
        lambda: none.seal(SECRET, record=RECORD),
        lambda: none.open(sealed, record=RECORD),
    ):
        with pytest.raises(SealingRefused):
            refused()
    assert none.admin_tokens() == ()
