"""What a line of the log may say (S-LOG-01), and that nobody waits for it (F-R09)."""

import ast
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from cross import logs
from cross.cli.log_writer import LogWriter, written_to

SOURCE = Path(__file__).parents[2] / "src/cross"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"log", "_log", "logger"}
BY_ITSELF = {"exc_info", "stack_info"}


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Lines as they are written, while the test runs."""
    lines: list[str] = []
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure(lines.append)
    structlog.configure(cache_logger_on_first_use=False)
    yield lines
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    logging.captureWarnings(capture=False)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in LOGGERS
                and path.name != "logs.py"
            ):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def test_every_line_says_what_is_on_the_list_and_nothing_else() -> None:
    calls = list(_calls())
    assert len(calls) > 15
    for place, call in calls:
        assert len(call.args) == 1, place
        event = call.args[0]
        assert isinstance(event, ast.Constant), f"{place}: free text"
        assert str(event.value).replace("_", "").islower(), place
        named = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
        assert named - BY_ITSELF <= logs.FIELDS, f"{place}: {named - logs.FIELDS}"


def test_what_is_not_listed_is_dropped_and_numbers_are_masked(said: list[str]) -> None:
    structlog.get_logger("t").warning(
        "refused",
        request_id="pay +22890112233",
        body={"msisdn": "+22890112233"},
        detail="Failing row contains (90112233, pin=1234, sk_test_abcdefghijkl)",
        pin="1234",
    )

    line = json.loads(said[0])
    assert {"body", "pin"}.isdisjoint(line)
    assert "0112233" not in said[0]
    assert "1234" not in said[0]
    assert "abcdefghijkl" not in said[0]
    assert line["level"] == "warning"
    assert line["timestamp"].endswith("Z")


def test_nobody_writes_a_line_of_his_own_into_the_log(said: list[str]) -> None:
    """F-S23."""
    log = structlog.get_logger("t")
    log.info("refused", request_id='x\r\n{"event":"paid"}\x1b[2J\u2028')

    assert len(said) == 1
    assert not set(said[0]) & set("\r\n\x1b\u2028")
    logs.configure(said.append, readable=True)
    structlog.configure(cache_logger_on_first_use=False)
    structlog.get_logger("t").info("refused", request_id="a b\r\nc\x1b[31m")
    assert not set(said[1]) & set("\r\n\x1b")
    assert "refused" in said[1]


def test_an_exception_is_its_type_and_its_place(said: list[str]) -> None:
    try:
        try:
            int("+22890112233 is 1234")
        except ValueError as error:
            raise KeyError("90112233") from error
    except KeyError:
        structlog.get_logger("t").exception("commit_broken")

    line = json.loads(said[0])
    assert (line["error"], line["because"]) == ("KeyError", "ValueError")
    assert "test_lines.py:" in line["at"][-1]
    assert "90112233" not in said[0]


def test_a_library_says_its_template_and_not_what_it_filled_in(said: list[str]) -> None:
    logging.getLogger("asyncio").error("Task %r of %s", object(), "+22890112233")

    line = json.loads(said[0])
    assert (line["event"], line["logger"]) == ("library", "asyncio")
    assert line["detail"] == "Task %r of %s"


def test_what_is_neither_text_nor_number_is_only_named(said: list[str]) -> None:
    structlog.get_logger("t").info("refused", detail=object(), seconds=0.1234567891, at=["a", "b"])

    line: Any = json.loads(said[0])
    assert (line["detail"], line["seconds"], line["at"]) == ("<object>", 0.123457, ["a", "b"])


def test_a_pipe_that_nobody_reads_delays_nobody_and_what_is_lost_is_counted() -> None:
    """F-R09: logging never blocks money."""
    reading, writing = os.pipe()
    writer = LogWriter(writing, lines_max=50)
    writer.start()
    for _ in range(3_000):
        writer.take("x" * 1_000)
    assert writer.dropped > 0

    os.set_blocking(reading, False)
    text = b""
    while b"log_lines_dropped" not in text:
        writer.take("news")
        try:
            text += os.read(reading, 1 << 20)
        except BlockingIOError:
            continue
    writer.stop()
    assert b'"count": ' in text
    os.close(reading)
    os.close(writing)


def test_lines_are_written_to_the_last_one_before_the_end(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file, written_to(file.fileno()) as writer:
        for number in range(2_000):
            writer.take(f"{number}")

    lines = (tmp_path / "log").read_text().splitlines()
    assert lines == [f"{number}" for number in range(2_000)]
    assert writer.dropped == 0


def test_a_full_disk_loses_lines_and_nothing_else() -> None:
    with open("/dev/full", "wb", buffering=0) as full, written_to(full.fileno()) as writer:  # noqa: PTH123
        writer.take("x")
    assert writer.dropped >= 1
