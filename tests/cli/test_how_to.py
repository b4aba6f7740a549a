"""docs/how-to/receive-webhooks.md, as it stands: its server, its commands, in its order."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.running import Running, Typed, answers
from tests.cli.test_webhooks import until

PAGE = Path(__file__).parents[2] / "docs/how-to/receive-webhooks.md"
(SERVER,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@contextmanager
def shop(folder: Path, secret: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The page's server, once it listens, and its address."""
    (folder / "shop.py").write_text(SERVER, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "shop.py"],
        cwd=folder,
        env={**os.environ, "CROSS_WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url))
        yield url, process
    finally:
        process.kill()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def test_the_server_acts_once_on_what_is_genuine(
    typed: Typed, running: Running, tmp_path: Path
) -> None:
    assert running.process.poll() is None
    made = typed.document("webhooks", "add", "http://127.0.0.1:9/", "--events", "order.paid")
    with shop(tmp_path, made["secret"]) as (url, process):
        typed.document("webhooks", "update", made["id"], "--url", f"{url}/webhooks")
        told = typed.document("trigger", "order.paid")
        assert process.stdout is not None
        line = process.stdout.readline().split()
        assert (line[0], line[2]) == ("order.paid", told["made"])

        typed.document("events", "resend", told["event"]["id"])  # once more: nothing is done
        typed.document("webhooks", "test", made["id"])
        assert process.stdout.readline().split()[0] == "webhook_endpoint.test"


def test_the_server_believes_nobody_else(typed: Typed, running: Running, tmp_path: Path) -> None:
    assert running.process.poll() is None
    other = typed.document("webhooks", "add", "http://127.0.0.1:9/")["secret"]
    with shop(tmp_path, other) as (url, _):
        made = typed.document("webhooks", "add", url, "--events", "payout.created")
        typed.document("webhooks", "test", made["id"])

        def refused() -> bool:
            path = ("webhooks", "deliveries", made["id"])
            attempts = typed.document(*path)["data"][0]["attempts"]
            return bool(attempts) and attempts[0]["response"]["status"] == 401

        until(refused)
