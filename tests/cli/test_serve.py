"""`cross serve`: starts as it is told or says why not, and ends when it is asked to."""

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.running import CROSS, Typed, cross, environment


def test_the_switch_serves_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    config = tmp_path / "cross.toml"
    config.write_text(f'port = 0\ndatabase_url = "sqlite:{tmp_path}/books.db"\n')
    process = subprocess.Popen(
        [*CROSS, "serve", "--json", "--config", str(config)],
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as out:
        place = urlsplit(json.loads(out.readline())["api_url"])
        asking = http.client.HTTPConnection(str(place.hostname), int(place.port or 0), timeout=10)
        asking.request("GET", "/healthz")
        answer = asking.getresponse()
        named = {name.lower() for name, _ in answer.getheaders()}
        answer.read()
        asking.close()
        process.send_signal(signal.SIGTERM)

    assert process.returncode == 0
    assert answer.status == 200
    assert not named & {"server", "date"}


def test_a_switch_that_serves_holds_no_simulator() -> None:
    """Sandbox.md section 4: in live mode nothing of the sandbox can be imported or reached."""
    looks = (
        "import sys; from cross.cli.app import application; application(['serve']);"
        "print([name for name in sys.modules if 'simul' in name])"
    )
    said = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("port = ", "cross.toml"),
        ('port = "many"', "port"),
        ('database_ulr = "sqlite:x.db"', "database_ulr"),
        ('database_url = "books.txt"', "database_url"),
        (
            '[operators.yas]\nlogin_url = "x"',
            "'yas' is not one of dmoney, flooz, tmoney, tmoney-online",
        ),
        ('[operators.tmoney]\nlogin_url = "https://tmoney.example"', "callback_secret"),
        ('callback_secret = "x"\n[operators.tmoney]\nlogin_url = "x"', "tmoney needs"),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path: Path, toml: str, told: str) -> None:
    config = tmp_path / "cross.toml"
    config.write_text(f"{toml}\n")

    said = cross(tmp_path, "serve", "--port", "0", "--config", str(config))

    assert said.returncode == 1
    assert told in said.stderr
    assert "Traceback" not in said.stderr


def test_a_file_of_settings_that_was_named_is_there(typed: Typed, tmp_path: Path) -> None:
    said = typed("serve", "--config", str(tmp_path / "none.toml"))

    assert said.code == 1
    assert "none.toml" in said.err


def test_version_and_help_say_what_there_is(typed: Typed) -> None:
    assert typed.document("version")["version"]
    shown = typed("--help").out
    for command in ("sandbox", "demo", "serve", "transfer", "ledger"):
        assert command in shown
