"""M10, I-41, I-42, F-S07: unique secrets go through a real switch and are left nowhere."""

import asyncio
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

from cross.cli import demo_walk
from cross.cli.agreement import Wallet
from cross.cli.calls import Calls, opened_outbound
from cross.cli.visitor import Lost
from tests.canary.planting import Canary, found_in_files, found_in_tables
from tests.cli.running import CROSS, FREE, cross, environment

PAYER: Final = "22890738194"
PAYEE: Final = "22896738195"
PIN: Final = Canary("pin", "73819462")
TYPED_PIN: Final = Canary("pin typed into our pages", "pin-61958473")
OPERATORS_SECRET: Final = Canary("operator's secret", "operators-secret-5829174")
PASSWORD: Final = Canary("partner's password", "Partners-Password-91735")

ALLOWED: Final = (
    ("legs.msisdn", "22890738194", "the wallet that was asked for money"),
    ("legs.msisdn", "22896738195", "the wallet that was paid"),
    ("movements.terms", "2289*", "the movement as the merchant asked for it"),
    ("orders.*", "2289*", "the payer that the order names"),
    ("quotes.*", "2289*", "the wallets that were priced"),
    ("callbacks.*", "2289*", "what the operator said, as evidence, byte for byte (S-IN-03)"),
    ("events.body", "2289*", "what its merchant is told of the number that it gave (S-OUT-05)"),
    ("api_keys.secret_hash", "sk_test_*", "SHA-256 of 256 random bits: how a key is known"),
)
"""Where what may be kept is kept: column, value, and why."""

FILES_ALLOWED: Final = (
    ("sandbox.json", "sk_test_*", "the sandbox's own key, for other commands; mode 0600"),
    ("cross.db*", "sk_test_*", "the hash column, looked at by column above"),
)


@dataclass(slots=True)
class Scene:
    """A sandbox whose every output is in files."""

    folder: Path
    api: str = ""
    sim: str = ""
    key: str = ""

    def call(self, method: str, url: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """An answer, whatever its status; it is kept, as a proxy's log would keep it."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(url, content, method=method)  # noqa: S310  this machine
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                status, said = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, said = error.code, error.read()
        with (self.folder / "told" / "answers.log").open("ab") as out:
            out.write(said if status >= 400 else b"")
        return status, said

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """A merchant's call that must be taken."""
        headers = {"Authorization": f"Bearer {self.key}"}
        if key:
            headers["Idempotency_Key"] = key
        status, said = self.call(method, self.api + path, body, **headers)
        assert status < 300, said
        return json.loads(said)


@contextmanager
def running(scene: Scene, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """The sandbox, its standard output and error in files."""
    kept = ("--data-dir", str(scene.folder / "data"))
    out = scene.folder / "told" / f"out{number}.log"
    with out.open("wb") as told, (scene.folder / "told" / f"err{number}.log").open("wb") as err:
        process = subprocess.Popen(
            [*CROSS, "sandbox", "--json", *FREE, "--prompt-delay", "0", *kept],
            stdout=told,
            stderr=err,
            env=environment(scene.folder / "state"),
        )
        try:
            while not out.read_bytes().endswith(b"\n"):
                assert process.poll() is None, (scene.folder / f"told/err{number}.log").read_text()
            said = json.loads(out.read_text())
            scene.api, scene.sim, scene.key = said["api_url"], said["sim_url"], said["api_key"]
            out.write_text("")  # that line tells the key, which is what it is for
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(20)


def test_no_secret_is_left_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("told", "state"):
        (tmp_path / name).mkdir()
    scene = Scene(tmp_path)
    monkeypatch.setattr(demo_walk, "PIN", PIN.value)

    with running(scene, 1) as process:
        plant(scene)
        webhook_secret = move_money(scene)
        otp = asyncio.run(pay_on_a_page(scene))
        misplace(scene)
        commands(scene)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    with running(scene, 2):
        scene.ask("GET", "/v1/collections?limit=5")

    for canary in (
        PIN,
        TYPED_PIN,
        OPERATORS_SECRET,
        PASSWORD,
        Canary("key", scene.key),
        Canary("webhook secret", webhook_secret),
        Canary("webhook key", webhook_secret.removeprefix("whsec_")),
        *(Canary("code of the SMS", code) for code in otp if len(code) >= 8),
    ):
        assert leaks_in_files(canary, tmp_path) == [], canary.name
        assert leaks_in_tables(canary, tmp_path / "data" / "cross.db") == [], canary.name
    for number in (PAYER, PAYEE):
        canary = Canary("number", number)
        assert list(found_in_files(canary, tmp_path / "told")) == []
        assert list(found_in_files(Canary("national", number[3:]), tmp_path / "told")) == []
        assert leaks_in_tables(canary, tmp_path / "data" / "cross.db") == []


def plant(scene: Scene) -> None:
    for operator in ("tmoney", "tmoney-online", "flooz"):
        for number in (PAYER, PAYEE):
            body = {"pin": PIN.value, "balance": 1_000_000}
            scene.call("PUT", f"{scene.sim}/control/wallets/{operator}/{number}", body)
    typed = subprocess.run(
        [*CROSS, "secrets", "set", "flooz", "static_token"],
        input=OPERATORS_SECRET.value.encode(),
        capture_output=True,
        env=environment(scene.folder / "state"),
        check=False,
        timeout=60,
    )
    assert typed.returncode == 0, typed.stderr
    (scene.folder / "told" / "set.log").write_bytes(typed.stdout + typed.stderr)


def move_money(scene: Scene) -> str:
    """A collection and a transfer; the secret of the endpoint that hears of them."""
    endpoint = scene.ask(
        "POST", "/v1/webhook_endpoints", {"url": "https://hooks.example.com/x", "events": ["*"]}
    )
    wallet = {"operator": "tmoney", "msisdn": PAYER}
    money = {"amount": 1500, "currency": "XOF"}
    collection = scene.ask("POST", "/v1/collections", {**wallet, **money}, key="c1")
    wait_until_final(scene, f"/v1/collections/{collection['id']}")  # one prompt a phone
    transfer = {"source": wallet, "destination": {"operator": "flooz", "msisdn": PAYEE}, **money}
    moved = scene.ask("POST", "/v1/transfers", transfer, key="t1")
    wait_until_final(scene, f"/v1/transfers/{moved['id']}")
    return str(endpoint["secret"])


def wait_until_final(scene: Scene, path: str) -> None:
    for _ in range(200):
        if scene.ask("GET", path)["status"] in ("succeeded", "completed", "paid"):
            return
        time.sleep(0.05)
    pytest.fail(path)


async def pay_on_a_page(scene: Scene) -> list[str]:
    """An order paid on the operator's own page, with PIN and SMS code; the codes that were sent."""
    order = scene.ask(
        "POST",
        "/v1/orders",
        {"title": "Canari", "amount": 500, "currency": "XOF", "reference": "CANARY-1"},
        key="o1",
    )
    async with opened_outbound() as outbound:
        simulators = Calls(outbound, scene.sim)
        wallet = Wallet("tmoney-online", PAYER)
        try:
            await demo_walk.pay_order(simulators, order["checkout_url"], wallet)
        except Lost as lost:
            pytest.fail(str(lost))
        state = await simulators.get(f"/control/handsets/{PAYER}")
    await asyncio.to_thread(wait_until_final, scene, f"/v1/orders/{order['id']}")
    fields = f"pin={TYPED_PIN.value}&operator=tmoney&msisdn={PAYER}&otp={TYPED_PIN.value}"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    scene.call("POST", order["checkout_url"], fields.encode(), **form)
    scene.call("GET", f"{order['checkout_url']}?pin={TYPED_PIN.value}")
    return [word for sms in state["sms"] for word in sms["text"].split() if word.isdigit()]


def misplace(scene: Scene) -> None:
    """Secrets where they do not belong: in addresses, in bodies, in headers of another call."""
    for query in (f"api_key={scene.key}", f"password={PASSWORD.value}", f"pin={TYPED_PIN.value}"):
        for path in ("/v1/transfers", "/v1/none", "/admin/secrets", "/mbanking/v1/credit"):
            scene.call("GET", f"{scene.api}{path}?{query}")
    headers = {"Authorization": f"Bearer {scene.key}", "Idempotency_Key": "bad"}
    for field in (scene.key, TYPED_PIN.value, PASSWORD.value):
        for body in ({"pin": field}, {"amount": field}, {field: 1}):
            scene.call("POST", f"{scene.api}/v1/collections", body, **headers)
        scene.call("GET", f"{scene.api}/v1/transfers/{field}", **headers)
        scene.call("POST", f"{scene.api}/mbanking/v1/login", {"username": "b", "password": field})
        scene.call("GET", f"{scene.api}/v1/transfers", Authorization=f"Basic {field}")


def commands(scene: Scene) -> None:
    state = scene.folder / "state"
    config = scene.folder / "state" / "cross.toml"
    config.write_text(
        f'database_url = "sqlite:{scene.folder}/data/cross.db"\n'
        f'master_key_file = "{scene.folder}/data/master.key"\n'
    )
    for words in (
        ("list", "transfers"),
        ("secrets", "list"),
        ("config", "show"),
        ("config", "check"),
        ("doctor",),
        ("db", "backup", str(scene.folder / "data" / "b.backup")),
        ("ledger", "verify"),
    ):
        said = cross(state, *words)
        (scene.folder / "told" / f"{'-'.join(words[:2])}.log".replace("/", "_")).write_text(
            said.stdout + said.stderr
        )


def leaks_in_files(canary: Canary, folder: Path) -> list[tuple[str, str]]:
    return [
        (file, form)
        for file, form in found_in_files(canary, folder)
        if not any(
            fnmatch(Path(file).name, name) and fnmatch(canary.value, value)
            for name, value, _ in FILES_ALLOWED
        )
    ]


def leaks_in_tables(canary: Canary, database: Path) -> list[tuple[str, str]]:
    return [
        (column, form)
        for column, form in found_in_tables(canary, database)
        if not any(
            fnmatch(column, name) and fnmatch(canary.value, value) for name, value, _ in ALLOWED
        )
    ]


@pytest.mark.parametrize("form", Canary("any", "Secret/9+1").forms())
def test_a_leak_is_found_in_whatever_form(form: str, tmp_path: Path) -> None:
    """What finds nothing must be able to find something."""
    canary = Canary("any", "Secret/9+1")
    leak = b"before " + canary.forms()[form] + b" after"
    (tmp_path / "a.log").write_bytes(leak)
    books = apsw.Connection(str(tmp_path / "books.db"))
    books.execute("CREATE TABLE notes (id INTEGER, body TEXT, raw BLOB)")
    books.execute("INSERT INTO notes VALUES (1, ?, NULL), (2, '', ?)", (leak.decode(), leak))
    books.close()

    assert ("a.log", form) in leaks_in_files(canary, tmp_path)
    found = leaks_in_tables(canary, tmp_path / "books.db")
    assert {("notes.body", form), ("notes.raw", form)} <= set(found)
