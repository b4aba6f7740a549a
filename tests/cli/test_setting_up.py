"""`cross init`, `cross doctor`, `cross secrets`, `cross db`: from nothing to a switch, and back."""

import http.client
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cli.running import CROSS, Typed, environment

PASSWORD = "operators-password-1"
TMONEY = (
    *(
        "--set",
        "tmoney.login_url=http://127.0.0.1:9",
        "--set",
        "tmoney.credit_url=http://127.0.0.1:9",
    ),
    *("--set", "tmoney.debit_url=http://127.0.0.1:9", "--set", "tmoney.nomUtilisateur=afi"),
)


@pytest.fixture
def typed(tmp_path: Path) -> Typed:
    return Typed(tmp_path)


@pytest.fixture
def made(typed: Typed, tmp_path: Path) -> dict[str, Any]:
    """An installation made by flags."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    said = typed(
        *("init", "--yes", "--json", "--dir", str(tmp_path / "cross"), "--port", "0"),
        *(*TMONEY, "--set", f"tmoney.motDePasse=@{tmp_path / 'password'}"),
    )
    assert said.code == 0, said.err
    found: dict[str, Any] = said.document
    return found


@contextmanager
def serving(config: str, home: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [*CROSS, "serve", "--json", "--config", config],
        stdout=subprocess.PIPE,
        env=environment(home),
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as out:
        yield str(json.loads(out.readline() or "{}")["api_url"])
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def ask(url: str, path: str, **headers: str) -> tuple[int, Any]:
    place = urlsplit(url)
    asking = http.client.HTTPConnection(str(place.hostname), int(place.port or 0), timeout=20)
    asking.request("GET", path, headers=headers)
    answer = asking.getresponse()
    content = json.loads(answer.read())
    asking.close()
    return answer.status, content


def test_what_init_writes_starts_and_its_key_works(made: dict[str, Any], tmp_path: Path) -> None:
    """S-DASH-07."""
    folder = tmp_path / "cross"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes["master.key"] == 0o400
    assert {modes["cross.toml"], modes["cross.db"]} == {0o600}
    for path in folder.iterdir():
        assert PASSWORD.encode() not in path.read_bytes()
        assert made["api_key"].encode() not in path.read_bytes()
    with serving(made["config"], tmp_path) as url:
        assert ask(url, "/readyz")[0] == 200
        assert ask(url, "/v1/transfers", Authorization=f"Bearer {made['api_key']}")[0] == 200
        assert ask(url, "/v1/transfers", Authorization="Bearer sk_test_other")[0] == 401


def test_init_writes_over_nothing_and_never_over_the_master_key(
    typed: Typed, tmp_path: Path, made: dict[str, Any]
) -> None:
    again = ("init", "--yes", "--json", "--dir", str(tmp_path / "cross"))
    key = (tmp_path / "cross/master.key").read_text()

    assert typed(*again).code == 2
    forced = typed(*again, "--force")
    assert forced.code == 0
    assert forced.document["api_key"] != made["api_key"]
    assert (tmp_path / "cross/master.key").read_text() == key


@pytest.mark.usefixtures("made")
def test_forced_init_leaves_no_old_database_in_the_environment_file(
    typed: Typed, tmp_path: Path
) -> None:
    """What .env says wins over cross.toml: the first merchant was made in the books before."""
    old = tmp_path / "old.db"
    (tmp_path / "cross/.env").write_text(f"CROSS_DATABASE_URL='sqlite:{old}'\n")
    again = typed("init", "--yes", "--json", "--dir", str(tmp_path / "cross"), "--force")
    assert again.code == 0, again.err
    assert not old.exists()


def test_without_a_terminal_init_says_which_flags_there_are(typed: Typed, tmp_path: Path) -> None:
    said = typed("init", "--dir", str(tmp_path / "cross"))

    assert said.code == 2
    for flag in ("--yes", "--merchant", "--operator", "--database-url"):
        assert flag in said.err
    assert not (tmp_path / "cross").exists()


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--operator", "tmoni"), "tmoney"),
        (("--operator", "tmoney"), "--set tmoney.motDePasse"),
        (("--set", "tmoney"), "OPERATOR.FIELD=VALUE"),
        ((*TMONEY, "--set", "tmoney.motDePasse=x", "--set", "tmoney.login_url=x"), "login_url"),
        ((*TMONEY, "--set", "tmoney.motDePasse=x", "--set", "tmoney.motDePase=x"), "motDePase"),
    ],
)
def test_a_wrong_operator_is_told_before_anything_is_written(
    typed: Typed, tmp_path: Path, flags: tuple[str, ...], told: str
) -> None:
    said = typed("init", "--yes", "--dir", str(tmp_path / "cross"), *flags)

    assert said.code == 2
    assert told in said.err
    assert not (tmp_path / "cross").exists()


def test_the_wizard_asks_and_a_secret_is_not_echoed(tmp_path: Path) -> None:
    answers = {
        "Address to listen": "",
        "Port": "0",
        "Database": "",
        "Public address": "",
        "First merchant": "Boutique Afi",
        "D-Money?": "n",
        "Flooz (": "n",
        "Online (": "n",
        "TMoney (": "y",
        "login_url": "http://127.0.0.1:9",
        "credit_url": "http://127.0.0.1:9",
        "debit_url": "http://127.0.0.1:9",
        "nomUtilisateur": "afi",
        "motDePasse": PASSWORD,
    }
    near, far = pty.openpty()
    process = subprocess.Popen(
        [*CROSS, "init", "--lang", "en", "--dir", str(tmp_path / "cross")],
        stdin=far,
        stdout=far,
        stderr=far,
        env=environment(tmp_path),
        start_new_session=True,
    )
    os.close(far)
    seen = whole = ""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        if not select.select([near], [], [], 1)[0]:
            continue
        try:
            new = os.read(near, 4096).decode(errors="replace")
        except OSError:
            break  # the other end is closed: it has ended
        seen, whole = seen + new, whole + new
        asked = next(
            # a question longer than the terminal is wide is broken where it likes
            (name for name in answers if re.search(rf"(?s){re.escape(name)}.*: $", seen)),
            None,
        )
        if asked is not None:
            os.write(near, f"{answers.pop(asked)}\n".encode())
            seen = ""
    os.close(near)

    assert process.wait(20) == 0, whole
    assert "sk_test_" in whole
    assert PASSWORD not in whole
    assert answers == {}


def test_doctor_tells_what_is_wrong_and_what_to_do(
    typed: Typed, made: dict[str, Any], tmp_path: Path
) -> None:
    said = typed("doctor", "--json", "--config", made["config"])

    levels = {one["name"]: one["level"] for one in said.document["checks"]}
    assert levels["migrations"] == levels["sqlite"] == levels["master key"] == "ok"
    assert levels["tmoney"] == "fail"  # nobody answers at port 9
    assert (said.code, said.document["ok"]) == (4, False)

    (tmp_path / "cross/master.key").chmod(0o644)
    worse = typed("doctor", "--json", "--config", made["config"]).document
    [check] = [one for one in worse["checks"] if one["name"] == "master key"]
    assert (check["level"], "chmod 0400" in check["words"]) == ("warn", True)


def test_secrets_are_set_rotated_and_retired_without_a_switch_and_through_one(
    typed: Typed, made: dict[str, Any], tmp_path: Path
) -> None:
    config = ("--config", made["config"])
    listed = typed.document("secrets", "list", *config)
    kept = [(one["operator"], one["field"]) for one in listed["data"]]

    assert kept == [("cross", "callback_secret"), ("tmoney", "motDePasse")]
    assert PASSWORD not in json.dumps(listed)
    assert typed("secrets", "set", "tmoney", "motDePase", *config).code == 2
    rotated = typed.document("secrets", "rotate", *config)
    assert (rotated["made"], rotated["resealed"], rotated["left"]) == (True, 2, 0)
    with serving(made["config"], tmp_path) as url:
        through = ("--api-url", url, *config)
        assert typed.document("secrets", "rotate", *through)["resealed"] == 2
        assert typed.document("secrets", "retire", "first", *through)["retired"] == "first"
        assert typed("secrets", "retire", "first", *through).code == 1
    assert typed("secrets", "retire", rotated["current"], *config).code == 0
    with serving(made["config"], tmp_path) as url:
        assert ask(url, "/readyz")[0] == 200


def test_a_backup_is_made_beside_a_switch_verified_and_restored_in_quarantine(
    typed: Typed, made: dict[str, Any], tmp_path: Path
) -> None:
    """F-H06, S-BAK-01, S-BAK-02, S-BAK-03."""
    config, backup = ("--config", made["config"]), str(tmp_path / "a.backup")
    with serving(made["config"], tmp_path):
        assert typed("db", "backup", backup, *config).code == 0
        assert typed("db", "upgrade", *config).code == 1  # a switch holds it
    verified = typed("db", "restore", backup, "--verify", "--json", *config)
    restored = f"sqlite:{tmp_path}/r/cross.db"

    assert (verified.code, verified.document["ok"], verified.document["merchants"]) == (0, True, 1)
    assert typed("db", "backup", backup, *config).code == 2
    assert typed("db", "restore", backup, "--to", restored, *config).code == 0
    assert typed("db", "restore", backup, "--to", restored, *config).code == 2
    assert typed("db", "current", *config).code == 0
    moved = tmp_path / "r/cross.toml"
    text = Path(made["config"]).read_text()
    moved.write_text(re.sub(r"sqlite:[^\"]+", restored, text))
    for_restored = ("--config", str(moved))
    checks = typed.document("doctor", *for_restored)["checks"]
    assert "quarantine" in {one["name"] for one in checks}
    assert typed("db", "release", *for_restored).code == 2
    assert typed.document("db", "release", "--yes", *for_restored) == {"released": True}
    assert typed.document("db", "release", "--yes", *for_restored) == {"released": False}
