"""Metrics: each by its name, what it is of, and what it is now; how they are written is HTTP's."""

import platform
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from cross import __version__, logs
from cross.clock import monotonic_seconds
from cross.storage import alarms, cases
from cross.storage import measures as stored
from cross.storage.measures import Standing, Waiting
from cross.storage.store import StoreUnavailable
from cross.switch import chain, readiness
from cross.switch.alarms import ALARMS
from cross.switch.measures import Measures, Spread
from cross.switch.switch import Switch

HEALTH: Final = {"up": 2, "degraded": 1, "down": 0}


class Metric(NamedTuple):
    """What a metric is; `kind` is Prometheus' word for how it may be added up."""

    name: str
    kind: str
    means: str
    labels: tuple[str, ...] = ()


class Sample(NamedTuple):
    """What a metric is now, for one set of labels."""

    name: str
    value: "float | Spread"  # a number of seconds may have a fraction
    labels: tuple[str, ...] = ()


Samples: TypeAlias = Iterator[Sample]

METRICS: Final = (
    Metric("cross_build_info", "gauge", "Always 1.", ("version", "python", "engine", "role")),
    Metric("cross_books_up", "gauge", "1 where the books answered this scrape."),
    Metric("cross_movements_open", "gauge", "Movements that are not final.", ("kind", "status")),
    Metric(
        "cross_movements_open_oldest_seconds",
        "gauge",
        "Since the oldest of them was accepted.",
        ("kind", "status"),
    ),
    Metric("cross_movements_in_memory", "gauge", "Open movements that this process holds."),
    Metric(
        "cross_movements_total",
        "counter",
        "Movements of this process, by what became of them: opened, or their final status.",
        ("kind", "became"),
    ),
    Metric("cross_attention_needed", "gauge", "Open movements that a person should look at."),
    Metric("cross_breaks_open", "gauge", "Differences with operators that nobody has closed."),
    Metric("cross_cases_open", "gauge", "What waits for a person, by reason.", ("reason",)),
    Metric("cross_cases_oldest_seconds", "gauge", "Since the oldest of them came.", ("reason",)),
    Metric("cross_cases_overdue", "gauge", "Of them, those past their deadline.", ("reason",)),
    Metric(
        "cross_unknown_legs",
        "gauge",
        "Requests to an operator whose outcome is not known.",
        ("operator",),
    ),
    Metric(
        "cross_unknown_oldest_seconds",
        "gauge",
        "Since the oldest of them was sent; 0 where there is none.",
        ("operator",),
    ),
    Metric(
        "cross_float_balance",
        "gauge",
        "Our money at the operator by our books, in the currency's smallest unit.",
        ("operator", "currency"),
    ),
    Metric(
        "cross_float_reserved",
        "gauge",
        "How much of it is promised to payouts that are not final.",
        ("operator", "currency"),
    ),
    Metric("cross_operator_health", "gauge", "2 up, 1 degraded, 0 down.", ("operator",)),
    Metric(
        "cross_operator_answers_total",
        "counter",
        "Answers of an operator: succeeded, refused, pending, unknown, missing.",
        ("operator", "call", "answer"),
    ),
    Metric(
        "cross_operator_seconds",
        "histogram",
        "How long an operator took to answer, silence included.",
        ("operator", "call"),
    ),
    Metric(
        "cross_callbacks_total",
        "counter",
        "Callbacks kept; doubted: of a wrong signature, source or shape.",
        ("operator", "was"),
    ),
    Metric("cross_callbacks_waiting", "gauge", "Callbacks that nobody has acted on yet."),
    Metric("cross_callbacks_waiting_oldest_seconds", "gauge", "Since the oldest of them came."),
    Metric("cross_webhooks_waiting", "gauge", "Webhooks to be delivered, now or at a later try."),
    Metric(
        "cross_webhooks_waiting_oldest_seconds", "gauge", "Since the oldest of their events was."
    ),
    Metric("cross_webhooks_exhausted", "gauge", "Webhooks that were tried for the last time."),
    Metric("cross_recorder_batch_writes", "histogram", "Writes that shared one durable commit."),
    Metric(
        "cross_recorder_wait_seconds", "histogram", "How long the oldest write of a batch waited."
    ),
    Metric("cross_recorder_commit_seconds", "histogram", "How long a batch took to be durable."),
    Metric(
        "cross_http_requests_total",
        "counter",
        "Requests answered, by the template of their path.",
        ("method", "path", "status"),
    ),
    Metric(
        "cross_http_request_seconds", "histogram", "How long an answer took.", ("method", "path")
    ),
    Metric("cross_loop_lag_seconds", "histogram", "How late the event loop was, twice a second."),
    Metric("cross_worker_silence_seconds", "gauge", "Since the worker last looked for work."),
    Metric("cross_lease_held", "gauge", "1 while this process may act on its movements."),
    Metric("cross_chain_position", "gauge", "How many entries and audit lines are linked."),
    Metric("cross_chain_unlinked", "gauge", "Entries and audit lines that are not linked yet."),
    Metric("cross_chain_unlinked_oldest_seconds", "gauge", "Since the oldest such entry was."),
    Metric(
        "cross_chain_shipped_seconds",
        "gauge",
        "Since the chain's head was last shipped there: to a file, to a url.",
        ("place",),
    ),
    Metric(
        "cross_chain_shipments_failed_total",
        "counter",
        "Heads that this process could not ship.",
        ("place",),
    ),
    Metric("cross_database_bytes", "gauge", "The database on its disk."),
    Metric("cross_disk_free_bytes", "gauge", "What is left where SQLite's file is."),
    Metric("cross_disk_bytes", "gauge", "How large that disk is."),
    Metric("cross_alarm", "gauge", "How many alarms of that name are raised.", ("name",)),
    Metric(
        "cross_stop",
        "gauge",
        "1 where a safety stop is in force; * is every operator.",
        ("operator", "cause"),
    ),
    Metric("cross_task_failures_total", "counter", "Pieces of work that ended by a mistake."),
    Metric("cross_log_lines_dropped_total", "counter", "Log lines that could not be written."),
)


async def look(switch: Switch) -> list[Sample]:
    """All of them now; what only the books know is left out while they do not answer."""
    try:
        standing = await stored.look(switch.store)
        raised = Counter(one.name for one in await alarms.standing(switch.store))
    except StoreUnavailable:
        standing, raised = None, Counter[str]()
    samples = [Sample("cross_books_up", int(standing is not None))]
    if standing is not None:
        samples += _of_books(switch, standing)
        samples += [Sample("cross_alarm", raised[name], (name,)) for name in ALARMS]
        samples += await _of_chain(switch)
        samples += await _of_cases(switch)
    samples += _of_process(switch)
    samples += _of_operators(switch)
    samples += _of_requests(switch.measures)
    return samples


def _of_books(switch: Switch, standing: Standing) -> Samples:
    now = switch.clock()
    for one in standing.movements:
        labels = (one.kind, one.status)
        yield Sample("cross_movements_open", one.waiting.count, labels)
        oldest = _age_seconds(one.waiting, now)
        yield Sample("cross_movements_open_oldest_seconds", oldest, labels)
    yield Sample("cross_attention_needed", sum(one.attention for one in standing.movements))
    yield Sample("cross_breaks_open", standing.breaks)
    unknown = {name: Waiting(0, None) for name in switch.operators} | dict(standing.unknown)
    for operator, waiting in unknown.items():
        yield Sample("cross_unknown_legs", waiting.count, (operator,))
        yield Sample("cross_unknown_oldest_seconds", _age_seconds(waiting, now), (operator,))
    for held in standing.floats:
        yield Sample("cross_float_balance", held.balance, (held.operator, held.currency))
        yield Sample("cross_float_reserved", held.reserved, (held.operator, held.currency))
    for name, waiting in (("callbacks", standing.callbacks), ("webhooks", standing.deliveries)):
        yield Sample(f"cross_{name}_waiting", waiting.count)
        yield Sample(f"cross_{name}_waiting_oldest_seconds", _age_seconds(waiting, now))
    yield Sample("cross_webhooks_exhausted", standing.deliveries_exhausted)
    yield Sample("cross_database_bytes", standing.database_bytes)


async def _of_chain(switch: Switch) -> list[Sample]:
    """Without its position where its end cannot be read."""
    failed = switch.measures.shipments_failed
    samples = [
        Sample("cross_chain_shipments_failed_total", count, (place,))
        for place, count in failed.items()
    ]
    try:
        standing = await chain.standing(switch)
    except (StoreUnavailable, ValueError):
        return samples
    now = switch.clock()
    since = standing.unlinked.since
    oldest_seconds = 0 if since is None else max(0, (now - since).total_seconds())
    samples += [
        Sample("cross_chain_position", standing.position),
        Sample("cross_chain_unlinked", standing.unlinked.count),
        Sample("cross_chain_unlinked_oldest_seconds", oldest_seconds),
    ]
    samples += [
        Sample("cross_chain_shipped_seconds", max(0, (now - at).total_seconds()), (place,))
        for place, (at, _) in standing.shipped.items()
    ]
    return samples


async def _of_cases(switch: Switch) -> list[Sample]:
    now, samples = switch.clock(), []
    for one in await cases.standing(switch.store, now):
        labels, age_seconds = (one.reason,), max(0, (now - one.since).total_seconds())
        samples.append(Sample("cross_cases_open", one.count, labels))
        samples.append(Sample("cross_cases_oldest_seconds", age_seconds, labels))
        samples.append(Sample("cross_cases_overdue", one.overdue, labels))
    return samples


def _of_process(switch: Switch) -> Samples:
    engine, recorder, measures = switch.store.engine, switch.recorder, switch.measures
    build = (__version__, platform.python_version(), engine, switch.settings.role)
    yield Sample("cross_build_info", 1, build)
    yield Sample("cross_movements_in_memory", len(switch.live))
    for labels, count in measures.moved.items():
        yield Sample("cross_movements_total", count, labels)
    yield Sample("cross_recorder_batch_writes", recorder.writes_a_batch)
    yield Sample("cross_recorder_wait_seconds", recorder.wait)
    yield Sample("cross_recorder_commit_seconds", recorder.commit)
    yield Sample("cross_loop_lag_seconds", measures.loop_lag)
    if measures.ticked_at_seconds is not None:
        silence_seconds = monotonic_seconds() - measures.ticked_at_seconds
        yield Sample("cross_worker_silence_seconds", silence_seconds)
    yield Sample("cross_lease_held", int(switch.lease.is_held))
    disk = readiness.disk_of(switch)
    if disk is not None:
        yield Sample("cross_disk_free_bytes", disk.free)
        yield Sample("cross_disk_bytes", disk.total)
    yield Sample("cross_log_lines_dropped_total", logs.dropped_so_far())
    yield Sample("cross_task_failures_total", switch.failures.total)
    for stop in switch.stops:
        yield Sample("cross_stop", 1, (stop.operator, stop.cause))


def _of_operators(switch: Switch) -> Samples:
    for operator in switch.operators:
        yield Sample("cross_operator_health", HEALTH[switch.health.of(operator)], (operator,))
    for labels, answers in switch.measures.operators.items():
        for word, count in answers.by_word.items():
            yield Sample("cross_operator_answers_total", count, (*labels, word))
        yield Sample("cross_operator_seconds", answers.seconds, labels)
    for labels, count in switch.measures.callbacks.items():
        yield Sample("cross_callbacks_total", count, labels)


def _of_requests(measures: Measures) -> Samples:
    for labels, answers in measures.requests.items():
        for status, count in answers.by_word.items():
            yield Sample("cross_http_requests_total", count, (*labels, status))
        yield Sample("cross_http_request_seconds", answers.seconds, labels)


def _age_seconds(waiting: Waiting, now: datetime) -> float:
    return 0 if waiting.since is None else max(0, (now - waiting.since).total_seconds())
