"""The table: every figure with what it means, the engines side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.figures import Figure

WIDTH_MAX: Final = 150
ENGINES: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL", "": "either"}


def print_table(figures: Sequence[Figure], facts: Mapping[str, str]) -> None:
    """All of it, to standard output."""
    console = Console(highlight=False)
    console = Console(
        highlight=False, width=min(console.width, WIDTH_MAX) if console.is_terminal else WIDTH_MAX
    )
    for name, fact in facts.items():
        console.print(f"[bold]{name}[/]: {fact}")
    engines = [engine for engine in ENGINES if any(f.engine == engine for f in figures)]
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for engine in engines:
        table.add_column(ENGINES[engine], justify="right", no_wrap=True)
    table.add_column("what it means", style="dim")
    section = ""
    for (_, name), by_engine in _lines(figures).items():
        first = next(iter(by_engine.values()))
        if first.section != section:
            section = first.section
            table.add_row(f"\n[bold]{section}[/]")
        values = [_value(by_engine.get(engine)) for engine in engines]
        table.add_row(f"  {name}", *values, first.meaning)
    console.print(table)


def write_json(figures: Sequence[Figure], facts: Mapping[str, str], file: Path) -> None:
    """The same for a program."""
    content = {"machine": dict(facts), "figures": [asdict(figure) for figure in figures]}
    file.write_text(json.dumps(content, indent=1) + "\n")


def _lines(figures: Sequence[Figure]) -> Mapping[tuple[str, str], dict[str, Figure]]:
    sections = list(dict.fromkeys(figure.section for figure in figures))
    lines: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in sorted(figures, key=lambda one: sections.index(one.section)):
        lines.setdefault((figure.section, figure.name), {})[figure.engine] = figure
    return lines


def _value(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:,.{figure.digits}f} {figure.unit}".rstrip()
