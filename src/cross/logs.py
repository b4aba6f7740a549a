"""Logs: lines of JSON that say only what is on a list, and never in anybody's own words.

A field that is not listed is dropped where the line is made (S-LOG-01). Text is masked and cut; an
exception is its type and where it happened; what a library says is its template, never its values.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TypeAlias

import structlog
from structlog.typing import Processor

from cross.domain.masking import masked

FIELDS: Final = frozenset(
    {
        *("event", "level", "timestamp", "logger"),
        *("request_id", "method", "path", "status", "code", "seconds", "peer", "role"),
        *("merchant", "key", "admin", "action", "subject", "scope", "partner", "customer"),
        *("operator", "kind", "id", "movement", "order", "leg", "batch", "settlement", "position"),
        *("endpoint", "delivery", "object", "state", "attempt", "waiting", "type", "sequence"),
        *("alarm", "cause", "found", "by", "times", "work"),
        *("error", "at", "because", "detail", "verdict", "reason", "check", "owner"),
        *("count", "kept", "limit", "lines", "bytes", "days", "version", "engine", "migration"),
        *("setting", "place", "file"),
    }
)
"""All that a line may say. Ids, codes, counts and durations: nothing that people type."""

TEXT_MAX: Final = 300
FRAMES_MAX: Final = 12

# What masking looks for begins with one of these: digits of a phone, a key, a name with a value.
_SUSPECT: Final = re.compile(r"[0-9][0-9 .-]{6}|[=:<]|(?:sk|ck|whsec)_|eyJ|earer|asic", re.ASCII)
_PLAIN: Final = re.compile(r"[\w./{}:+-]+", re.ASCII)

Line: TypeAlias = MutableMapping[str, Any]
Write: TypeAlias = Callable[[str], None]


_dropped: list[Callable[[], int]] = []


def dropped_so_far() -> int:
    """How many lines this process could not write."""
    return sum(count() for count in _dropped)


def configure(
    write: Write, *, readable: bool = False, dropped: Callable[[], int] | None = None
) -> None:
    """From now on every line of this process goes to `write`, libraries' warnings included."""
    _dropped[:] = () if dropped is None else (dropped,)
    structlog.configure(
        processors=processors(readable=readable),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Lines(write),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Libraries()]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def processors(*, readable: bool = False) -> list[Processor]:
    """What makes a line of what was said, in this order."""
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_exception,
        _keep_listed,
        _readable if readable else _as_json,
    ]


class _Lines:
    """A logger of structlog's: whatever the level, a line is a line."""

    def __init__(self, write: Write) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write
        self.msg = self.exception = write


class _Libraries(logging.Handler):
    """What libraries log: which one, how grave, and its template; what it filled in is not ours."""

    def emit(self, record: logging.LogRecord) -> None:
        said: dict[str, Any] = {"logger": record.name, "detail": str(record.msg)}
        if record.exc_info:
            said["exc_info"] = record.exc_info
        log = structlog.get_logger("cross.libraries")
        (log.error if record.levelno >= logging.ERROR else log.warning)("library", **said)


def _tell_exception(_: object, __: str, line: Line) -> Line:
    """An exception's text could hold a number or a secret: its type and its place do not."""
    given = line.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    if isinstance(given, BaseException):
        given = (type(given), given, given.__traceback__)
    if not isinstance(given, tuple) or given[1] is None:
        return line
    error, trace = given[1], given[2]
    line.setdefault("error", type(error).__name__)
    line.setdefault("at", frames_of(trace))
    cause = error.__cause__ or error.__context__
    if cause is not None:
        line["because"] = type(cause).__name__
    return line


def frames_of(trace: TracebackType | None) -> list[str]:
    """Where it happened: files and lines, the innermost last."""
    return [f"{f.filename}:{f.lineno}" for f in extract_tb(trace)][-FRAMES_MAX:]


def _keep_listed(_: object, __: str, line: Line) -> Line:
    return {name: _safe(value) for name, value in line.items() if name in FIELDS}


def _safe(value: Any) -> Any:  # noqa: ANN401  plain values, or what has no business in a line
    if isinstance(value, str):
        text = masked(value) if _SUSPECT.search(value) else value
        return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…"
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list | tuple):
        return [_safe(one) for one in value]
    return f"<{type(value).__name__}>"


def _as_json(_: object, __: str, line: Mapping[str, Any]) -> str:
    """ASCII alone: line breaks, escapes of terminals and strange spaces are written as escapes."""
    return json.dumps(line)


def _readable(_: object, __: str, line: Line) -> str:
    told = [
        str(line.pop("timestamp", ""))[11:23],
        f"{line.pop('level', ''):<8}",
        str(line.pop("event", "")),
    ]
    for name, value in line.items():
        plain = value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value)
        told.append(f"{name}={plain}")
    return " ".join(told)
