"""`cross sandbox`: up in one command, gone without a trace, and resumed where it stopped."""

import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import CROSS, FREE, Typed, answers, cross, environment, sandbox

PATIENCE_SECONDS = 20.0


def _is_gone(url: str) -> bool:
    """Waits for the process that listens there to end, as one that was killed does by itself."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while answers(url):
        if time.monotonic() > ends_at:
            return False
    return True


def test_a_sandbox_says_where_it_is_in_one_line_of_json(tmp_path: Path) -> None:
    with sandbox(tmp_path) as running:
        assert set(running.said) == {
            *("api_url", "sim_url", "api_key", "dashboard_url", "bench_url", "partner"),
        }
        assert running.said["api_key"].startswith("sk_test_")
        assert answers(running.said["api_url"])
        assert answers(running.said["sim_url"])

        assert running.stop() == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_however_it_ends_nothing_of_it_is_left_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    with sandbox(tmp_path) as running:
        code = running.stop(number)

        assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
        assert _is_gone(running.said["api_url"])
        assert _is_gone(running.said["sim_url"])


def test_its_key_is_for_its_owner_alone_and_forgotten_when_it_stops(tmp_path: Path) -> None:
    file = tmp_path / "cross" / "sandbox.json"
    with sandbox(tmp_path) as running:
        assert running.said["api_key"] in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        running.stop()

    assert not file.exists()


def test_the_floats_are_what_the_operators_hold_for_us(tmp_path: Path) -> None:
    with sandbox(tmp_path) as running:
        accounts = Typed(tmp_path).document("ledger", "balances")["data"]
        booked = {one["account"]: one["balance"] for one in accounts}

        for name in ("tmoney", "flooz"):
            held = running.control(f"/control/partner/{name}")["balance"]
            assert booked[f"float:{name}"] == held == 100_000_000
        assert (
            booked["capital:XOF"] == 3 * 25_000_000
        )  # TMoney, TMoney Online, Flooz; the demo bank as much


def test_a_kept_folder_goes_on_with_its_books_and_its_key(tmp_path: Path) -> None:
    kept, typed = ("--data-dir", str(tmp_path / "kept"), "--prompt-delay", "0"), Typed(tmp_path)
    with sandbox(tmp_path, *kept) as first:
        made = typed.document("transfer", "90112233", "96112233", "5000")
        key = first.said["api_key"]
        connection = first.control("/control/settings")["dmoney"]
        first.stop(signal.SIGKILL)

    with sandbox(tmp_path, *kept) as second:
        assert second.said["api_key"] == key
        signing = second.control("/control/settings")["dmoney"]
        for name in ("private_key", "gateway_public_key"):
            assert signing[name] == connection[name]
        assert typed.document("show", made["id"])["status"] == "completed"
        balances = typed.document("ledger", "balances")["data"]
        booked = {one["account"]: one["balance"] for one in balances}
        assert booked["float:tmoney"] == 100_005_050
        assert (
            booked["capital:XOF"] == 3 * 25_000_000
        )  # TMoney, TMoney Online, Flooz; the demo bank as much
        for name in ("tmoney", "flooz"):
            held = second.control(f"/control/partner/{name}")["balance"]
            assert booked[f"float:{name}"] == held
        assert typed("ledger", "verify").code == 0


def test_two_sandboxes_do_not_share_one_folder(tmp_path: Path) -> None:
    kept = ("--data-dir", str(tmp_path / "kept"))
    with sandbox(tmp_path, *kept):
        second = cross(tmp_path, "sandbox", *FREE, *kept)

    assert second.returncode == 1
    assert "another process of Cross holds this database" in second.stderr
    assert "--data-dir" in second.stderr


def test_a_port_in_use_is_told_with_the_flag_that_chooses_another(tmp_path: Path) -> None:
    with sandbox(tmp_path) as running:
        port = running.said["api_url"].rpartition(":")[2]
        for flag, other in (("--port", "--sim-port"), ("--sim-port", "--port")):
            said = cross(tmp_path, "sandbox", flag, port, other, "0")

            assert said.returncode == 1
            assert said.stderr.startswith(f"cross: port {port} is in use: {flag} chooses another")


@pytest.mark.parametrize(
    "make", [lambda path: path.write_text("not a folder"), lambda path: path.mkdir()]
)
def test_a_folder_that_cannot_be_used_is_told(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    folder = tmp_path / "folder"
    make(folder)
    if folder.is_dir():
        (folder / "sandbox.json").write_text("[]")

    said = cross(tmp_path, "sandbox", *FREE, "--data-dir", str(folder))

    assert said.returncode == 1
    assert "--data-dir" in said.stderr
    assert said.stdout == ""


def test_the_environment_has_no_say_in_a_sandbox(tmp_path: Path) -> None:
    """A sandbox must not reach a real operator because the environment names one."""
    hostile = {
        "CROSS_LIVEMODE": "true",
        "CROSS_DATABASE_URL": "postgresql://nowhere.invalid/books",
        "CROSS_OPERATORS__TMONEY__LOGIN_URL": "https://nowhere.invalid",
    }
    process = subprocess.Popen(
        [*CROSS, "sandbox", "--json", *FREE],
        stdout=subprocess.PIPE,
        env=environment(tmp_path, **hostile),
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as out:
        assert "api_url" in out.readline()
        made = Typed(tmp_path).document("pay", "90112233", "500", "--no-wait")
        process.terminate()

    assert made["livemode"] is False
    assert process.returncode == 0
