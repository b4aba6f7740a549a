"""One target, fuzzed until the time is up: run by `tests.fuzz.run`, in a process of its own."""

import importlib
import sys
import time
from pathlib import Path
from typing import Any, Final

BYTES_MAX: Final = 4_096


def watched(atheris: Any, target: str, seconds: int, folder: Path) -> None:
    """Breeds inputs towards code that has not run yet; does not return."""
    with atheris.instrument_imports(include=["cross", "cross_switch"]):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    seeds = importlib.import_module("tests.fuzz.seeds")
    kept = importlib.import_module("tests.fuzz.corpus").kept(target)
    first = folder / "first"
    first.mkdir()
    for number, data in enumerate((*seeds.seeds()[target], *kept, *seeds.WORDS)):
        (first / str(number)).write_bytes(data[:BYTES_MAX])
    arguments = [
        sys.argv[0],
        str(first),
        f"-max_total_time={seconds}",
        f"-max_len={BYTES_MAX}",
        f"-artifact_prefix={folder / 'found-'}",
        "-print_final_stats=1",
        "-rss_limit_mb=1024",
        "-timeout=10",
    ]
    atheris.Setup(arguments, targets[target])
    atheris.Fuzz()


def changed_at_random(target: str, seconds: int, folder: Path) -> None:
    """The same without atheris: what it stumbles over is the last input written."""
    targets = importlib.import_module("tests.fuzz.targets").TARGETS
    seeds = importlib.import_module("tests.fuzz.seeds").seeds()[target]
    mutating = importlib.import_module("tests.fuzz.mutating")
    until, executed, last = time.monotonic() + seconds, 0, folder / "found-last"
    for data in mutating.inputs(time.monotonic_ns(), seeds):
        last.write_bytes(data)
        targets[target](data)
        executed += 1
        if time.monotonic() > until:
            break
    last.unlink()
    sys.stdout.write(f"executed {executed}\n")


def main(target: str, seconds: str, folder: str) -> None:
    """Fuzzes with atheris where it is installed."""
    try:
        atheris = importlib.import_module("atheris")
    except ModuleNotFoundError:
        changed_at_random(target, int(seconds), Path(folder))
    else:
        watched(atheris, target, int(seconds), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:4])
