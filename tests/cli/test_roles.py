"""Parts of the switch in processes of their own on one PostgreSQL (S-OUT-04, architecture.md 3)."""

import http.client
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from secrets import randbits
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from psycopg.conninfo import conninfo_to_dict

from cross.bootstrap import front_door
from cross.sealing import new_master_key_line
from cross.settings import Settings
from tests.api.conftest import till_in
from tests.api.till import Till
from tests.cli.running import CROSS, Typed, cross, environment


@contextmanager
def serving(home: Path, role: str, config: Path) -> Iterator[str]:
    """A process of that role; its address."""
    process = subprocess.Popen(
        [*CROSS, "serve", "--json", "--config", str(config), "--role", role],
        stdout=subprocess.PIPE,
        env=environment(home),
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as out:
        try:
            line = out.readline()
            assert line, role
            yield json.loads(line)["api_url"]
        finally:
            process.terminate()


def get(url: str, path: str) -> tuple[int, Any]:
    place = urlsplit(url)
    asking = http.client.HTTPConnection(str(place.hostname), int(place.port or 0), timeout=10)
    asking.request("GET", path)
    answer = asking.getresponse()
    body = answer.read()
    asking.close()
    return answer.status, body


@contextmanager
def merchants_server() -> Iterator[tuple[str, "Queue[str]"]]:
    """Hears webhooks; their types, in the order of arrival."""
    heard: Queue[str] = Queue()

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.put(json.loads(body)["type"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hears)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks", heard
    server.shutdown()
    server.server_close()


def test_webhooks_go_out_from_a_process_without_operators(
    tmp_path: Path, postgres_url: str, typed: Typed
) -> None:
    config = tmp_path / "cross.toml"
    (tmp_path / "master.key").touch(0o600)
    (tmp_path / "master.key").write_text(new_master_key_line("first", random_bits=randbits))
    config.write_text(
        f'port = 0\ndatabase_url = "{_as_url(postgres_url)}"\nwebhook_private_networks = true\n'
        f'master_key_file = "{tmp_path / "master.key"}"\n'
    )
    with ExitStack() as stack:
        url, heard = stack.enter_context(merchants_server())
        api = stack.enter_context(serving(tmp_path, "api", config))
        sender = stack.enter_context(serving(tmp_path, "webhooks", config))
        admin = ("--api-url", api, "--config", str(config))
        merchant = typed.document("merchants", "add", "Boutique", *admin)
        made = typed.document("keys", "create", merchant["id"], "--scope", "admin", *admin)
        as_merchant = ("--api-url", api, "--api-key", made["secret"])
        endpoint = typed.document("webhooks", "add", url, *as_merchant)
        typed.document("webhooks", "test", endpoint["id"], *as_merchant)

        assert heard.get(timeout=20) == "webhook_endpoint.test"
        assert get(sender, "/readyz")[0] == 200
        assert get(sender, "/v1/operators")[0] == 404
        assert get(sender, "/admin/operators")[0] == 404
        metrics = get(sender, "/metrics")[1].decode()
        assert 'role="webhooks"' in metrics
        assert "cross_operator_health{" not in metrics
        assert get(api, "/v1/operators")[0] == 401


def _as_url(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    database = parts.pop("dbname")
    return f"postgresql:///{database}?{urlencode(parts)}"


def test_on_sqlite_there_is_one_process_only(tmp_path: Path) -> None:
    for role in ("api", "webhooks", "worker"):
        said = cross(tmp_path, "serve", "--role", role, "--port", "0")
        assert said.returncode == 1
        assert f"role: {role} shares the books with others" in said.stderr
    assert not (tmp_path / "cross.db").exists()


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A till that only asks."""
    with till_in(tmp_path_factory.mktemp("world")) as till:
        yield till


@pytest.mark.parametrize(
    ("role", "there", "not_there"),
    [
        ("all", ("/v1/balances", "/pay/x", "/metrics"), ()),
        ("api", ("/v1/balances", "/metrics"), ("/pay/x",)),
        ("checkout", ("/pay/x", "/metrics", "/healthz"), ("/v1/balances", "/callbacks/flooz/x")),
        ("worker", ("/metrics", "/healthz"), ("/v1/balances", "/pay/x", "/callbacks/tmoney/x")),
        ("webhooks", ("/metrics", "/readyz"), ("/v1/balances", "/pay/x")),
    ],
)
def test_a_role_answers_its_own_part(
    asking: Till, role: str, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    settings = Settings.model_validate({"role": role, "database_url": "postgresql://nowhere"})
    door = front_door(asking.switch, settings)
    for path in there:
        assert not _is_nowhere(asking, door, path), path
    for path in not_there:
        assert _is_nowhere(asking, door, path), path


def _is_nowhere(till: Till, door: Any, path: str) -> bool:
    """Whether nothing is served there: a page that is missing is a page."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("switch", 80),
    }
    till.run(door(scope, receive, send))
    return said[0]["status"] == 404 and b"unknown_path" in said[1]["body"]
