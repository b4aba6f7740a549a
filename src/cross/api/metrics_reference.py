"""Writes docs/reference/metrics.md: `python -m cross.api.metrics_reference FILE`."""

import sys
from pathlib import Path
from typing import Final

from cross.switch.metrics import METRICS

_HEAD: Final = """# Metrics

Written by `python -m cross.api.metrics_reference docs/reference/metrics.md` from the table in
`src/cross/switch/metrics.py`. `GET /metrics` answers in Prometheus' text to `admin_networks` (this
machine alone, unless the setting says otherwise); to anybody else nothing is there.

Counters and histograms are of the process that answers, from its start; what is said of the books
(open movements, unknown legs, floats, callbacks, webhooks, breaks) is the same whichever process of
an installation is asked: add up the first, take the largest of the second. Beside these there are
`process_resident_memory_bytes`, `process_cpu_seconds_total`, `process_open_fds` and the others that
prometheus-client reads of the process itself. How to watch them: [monitor](../how-to/monitor.md).

| Metric | Kind | Labels | What it is |
| --- | --- | --- | --- |
"""


def metrics_table() -> str:
    """The whole page."""
    rows = []
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "—"
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.means} |\n")
    return "".join([_HEAD, *rows])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(metrics_table(), encoding="utf-8")
