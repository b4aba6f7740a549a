"""What the repository holds and what it is built from: no secret, one source, nothing unpinned."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.test_tidy import COMMITTED, ROOT

SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64}"),
    "a live key": re.compile(r"\bsk_live_[0-9A-Za-z]{32,}"),
    "a personal token": re.compile(r"\badmp_[0-9A-Za-z]{32,}"),
    "a webhook's secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{32,}={0,2}"),
    "a cloud's key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a token of a forge": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{36}"),
}

INVENTED_IN_TESTS = {"a live key", "a webhook's secret", "a personal token"}


def samples() -> dict[str, str]:
    """One of each, put together here so that the file itself holds none."""
    return {
        "a private key": "-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 64,
        "a live key": "sk_" + "live_" + "a" * 43,
        "a personal token": "admp" + "_" + "a" * 43,
        "a webhook's secret": "whsec" + "_" + "a" * 40,
        "a cloud's key": "AKIA" + "A" * 16,
        "a token of a forge": "ghp" + "_" + "a" * 36,
    }


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_would_be_found(kind: str) -> None:
    """S-SUP-05: what finds nothing must be able to find something."""
    assert SECRETS[kind].search(samples()[kind])


def test_no_file_of_the_repository_holds_a_secret() -> None:
    """S-SUP-05: the wheel is made of nothing else."""
    found = [
        f"{path.relative_to(ROOT)}: {kind}"
        for path in COMMITTED
        for kind, pattern in SECRETS.items()
        if not (kind in INVENTED_IN_TESTS and "tests" in path.parts)
        and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


def test_packages_come_from_one_place_and_as_they_were_pinned() -> None:
    """F-S26, S-SUP-01: nobody adds a second index, and nothing is installed without its hash."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line for line in makefile.splitlines() if "@$(INSTALL)" in line]

    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line, line
        assert "extra-" + "index" not in line


def test_what_the_package_needs_is_what_is_pinned() -> None:
    """S-SUP-01: a dependency that nobody wrote down would come with whatever version there is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split(r"[<>=!~\[; ]", one)[0].lower() for one in project["dependencies"]}
    pinned = (ROOT / "requirements/run.txt").read_text(encoding="utf-8")

    assert named
    assert not {name for name in named if not re.search(rf"^{name}==", pinned, re.MULTILINE)}


def test_the_server_loads_no_second_client_of_http_and_no_other_parser() -> None:
    """S-SUP-01: what is not there cannot be wrong."""
    program = "import cross.bootstrap, sys; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in said.stdout.split()}

    assert not loaded & {"requests", "aiohttp", "urllib3", "lxml", "yaml"}
