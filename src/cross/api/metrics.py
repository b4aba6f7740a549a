"""`/metrics`: how things stand, in Prometheus' text, for whoever watches this installation.

From networks that may administer only (S-LOG-06): for everybody else nothing is there.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cross.api.answers import Answer, answering
from cross.api.headers import switch_of
from cross.api.peers import is_of_the_house
from cross.api.refusals import MethodNotAllowed, UnknownPath
from cross.switch import metrics
from cross.switch.measures import Spread
from cross.switch.metrics import METRICS, Sample
from cross.switch.switch import Switch

PLACE: Final = "/metrics"

_PROCESS: Final = ProcessCollector(registry=None)
_KNOWN: Final = {metric.name: metric for metric in METRICS}


class MetricsApp:
    """Serves one switch's metrics."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._answer = answering(show, path=PLACE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        scope["switch"] = self._switch
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


async def show(request: Request) -> Response:
    """Every metric."""
    switch = switch_of(request)
    if request.url.path != PLACE or not is_of_the_house(request, switch):
        raise UnknownPath
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(allowed="GET, HEAD")
    text = written(await metrics.look(switch))
    return Answer(text, 200, request, media_type=CONTENT_TYPE_LATEST)


def written(samples: Sequence[Sample]) -> bytes:
    """Samples in Prometheus' text, with the process's own memory, time and files."""
    registry = CollectorRegistry()
    registry.register(_Given(samples))
    return generate_latest(registry)


class _Given(Collector):
    """What was looked at already, as a registry wants it."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._samples = samples

    def describe(self) -> Iterable[Family]:
        """Nothing: a registry of one collector has no name twice."""
        return ()

    def collect(self) -> Iterable[Family]:
        """A family for each metric that has a value."""
        by_name = attrgetter("name")
        for name, samples in groupby(sorted(self._samples, key=by_name), key=by_name):
            yield _family(_KNOWN[name], list(samples))
        yield from _PROCESS.collect()


def _family(metric: metrics.Metric, samples: Sequence[Sample]) -> Family:
    if metric.kind == "histogram":
        spread = HistogramMetricFamily(metric.name, metric.means, labels=metric.labels)
        for sample in samples:
            if isinstance(sample.value, Spread):
                spread.add_metric(sample.labels, _buckets(sample.value), sample.value.sum)
        return spread
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = kind(metric.name, metric.means, labels=metric.labels)
    for sample in samples:
        if not isinstance(sample.value, Spread):
            family.add_metric(sample.labels, sample.value)
    return family


def _buckets(spread: Spread) -> list[tuple[str, int]]:
    """How many are no larger than each bound: sums, as Prometheus wants them."""
    bounds = [*(str(bound) for bound in spread.bounds), "+Inf"]
    counts: list[int] = []
    for count in spread.counts:
        counts.append(count + (counts[-1] if counts else 0))
    return list(zip(bounds, counts, strict=True))
