"""`/metrics`: for whoever watches this installation, and for nobody else (S-LOG-05, S-LOG-06)."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cross.api.metrics import MetricsApp
from cross.api.metrics_reference import metrics_table
from cross.storage.store import StoreUnavailable
from cross.switch.metrics import METRICS
from tests.api.conftest import till_in
from tests.api.till import TRANSFER, Till
from tests.conftest import NewStore
from tests.world import until

EVERYBODY = (ip_network("0.0.0.0/0"),)


@pytest.fixture
def watched(till: Till) -> Till:
    """A till that may look at the metrics from where it calls."""
    _open_to_all(till)
    return till


def _open_to_all(till: Till) -> None:
    till.switch.settings = replace(till.switch.settings, admin_networks=EVERYBODY)


def scrape(till: Till) -> dict[str, Any]:
    """Every sample, by its name and labels as Prometheus writes them."""
    answer = till.run(asked(till))
    assert answer[0] == 200
    found: dict[str, Any] = {}
    for family in text_string_to_metric_families(answer[1].decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


async def asked(till: Till, *, path: str = "/metrics", method: str = "GET") -> tuple[int, bytes]:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.7", 1),
        "server": ("switch", 80),
    }
    await MetricsApp(till.switch)(scope, receive, send)
    return said[0]["status"], said[1]["body"]


def test_a_transfer_is_seen_in_every_figure_that_it_moves(watched: Till) -> None:
    before = scrape(watched)
    made = watched.post("/v1/transfers", TRANSFER).content
    watched.finished(f"/v1/transfers/{made['id']}")
    watched.get("/v1/transfers/trf_01JABCDEFGHJKMNPQRSTVWXYZ0")
    watched.at_rest()
    after = scrape(watched)

    def grown(name: str) -> float:
        return float(after[name] - before.get(name, 0))

    assert grown("cross_movements_total{became=opened,kind=transfer}") == 1
    assert grown("cross_movements_total{became=completed,kind=transfer}") == 1
    assert grown("cross_float_balance{currency=XOF,operator=tmoney}") > 5000
    assert grown("cross_float_balance{currency=XOF,operator=flooz}") == -5000
    assert after["cross_float_reserved{currency=XOF,operator=flooz}"] == 0
    assert grown("cross_operator_answers_total{answer=succeeded,call=credit,operator=flooz}") == 1
    assert grown("cross_operator_seconds_count{call=credit,operator=flooz}") == 1
    assert grown("cross_callbacks_total{operator=tmoney,was=believed}") >= 1
    assert grown("cross_http_requests_total{method=POST,path=/v1/transfers,status=202}") == 1
    assert grown("cross_http_requests_total{method=GET,path=/v1/transfers/{id},status=404}") == 1
    batches = "cross_recorder_batch_writes_count{}"
    assert grown(batches) == grown("cross_recorder_wait_seconds_count{}")
    assert grown("cross_recorder_batch_writes_sum{}") >= 3
    assert after["cross_operator_health{operator=tmoney}"] == 2
    assert after["cross_lease_held{}"] == after["cross_books_up{}"] == 1
    assert after["cross_unknown_legs{operator=tmoney}"] == 0
    assert after["process_open_fds{}"] > 0
    assert after["process_resident_memory_bytes{}"] > 1e6


def test_what_is_open_and_unknown_is_told_with_its_age(watched: Till) -> None:
    for fault in ("drop_after", "lose_callback", "status_query_down"):
        named = {"operator": "tmoney", "fault": fault}
        watched.run(watched.world.control("POST", "/faults", named))
    watched.post("/v1/transfers", TRANSFER)
    watched.run(
        until(
            lambda: any(
                leg.status == "unknown"
                for live in watched.switch.live.values()
                for leg in live.movement.legs
            )
        )
    )
    now = scrape(watched)

    assert now["cross_unknown_legs{operator=tmoney}"] == 1
    assert now["cross_unknown_oldest_seconds{operator=tmoney}"] > 0
    opened = {
        name: value for name, value in now.items() if name.startswith("cross_movements_open{")
    }
    assert sum(opened.values()) == 1
    assert now["cross_movements_in_memory{}"] == 1


def test_both_engines_answer_every_question(new_store: NewStore, tmp_path: Path) -> None:
    with till_in(tmp_path, store=new_store()) as till:
        _open_to_all(till)
        made = till.post("/v1/transfers", TRANSFER).content
        till.finished(f"/v1/transfers/{made['id']}")
        till.at_rest()
        assert scrape(till)["cross_database_bytes{}"] > 10_000


def test_what_the_books_do_not_tell_is_left_out(
    watched: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("disk")

    monkeypatch.setattr(watched.switch.store, "rows", fail)
    now = scrape(watched)

    assert now["cross_books_up{}"] == 0
    assert "cross_database_bytes{}" not in now
    assert now["cross_lease_held{}"] == 1


def test_strangers_find_nothing_there(till: Till) -> None:
    assert till.run(asked(till))[0] == 404
    _open_to_all(till)
    assert till.run(asked(till))[0] == 200
    assert till.run(asked(till, path="/metrics/x"))[0] == 404
    assert till.run(asked(till, method="POST"))[0] == 405


def test_every_metric_that_is_told_is_one_of_the_list(watched: Till) -> None:
    told = {re.split(r"_(?:bucket|count|sum|total)?\{|\{", name)[0] for name in scrape(watched)}
    known = {metric.name.removesuffix("_total") for metric in METRICS}
    assert {name for name in told if name.startswith("cross_")} <= known


def test_the_list_of_metrics_in_the_documentation_is_current() -> None:
    """Write it anew with: python -m cross.api.metrics_reference docs/reference/metrics.md."""
    page = Path(__file__).parents[2] / "docs/reference/metrics.md"
    assert page.read_text(encoding="utf-8") == metrics_table()


def test_every_metric_that_an_alarm_looks_at_is_there() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/monitor.md").read_text(encoding="utf-8")
    known = {metric.name for metric in METRICS}
    named = {name.removesuffix("_bucket") for name in re.findall(r"\bcross_[a-z_]+", page)}
    assert len(named) > 15
    assert named <= known
