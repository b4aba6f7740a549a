"""Rules of size, shape and place that no linter checks (after TigerBeetle's src/tidy.zig)."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/cross"
OPERATORS = sorted(path.parent for path in (SOURCE / "operators").glob("*/__init__.py"))

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
OPERATOR_FILES = {"__init__.py", "client.py", "wire.py", "simulator.py", "README.md", "tests"}
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "base", "misc", "manager"}
MONEY_LAYERS = ("domain", "storage", "switch", "api")
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|PRAGMA)\s")
COMPARES = re.compile(r"([=<>]|LIKE|LIMIT|OFFSET)\s*'?$")
JOINS = {"join", "count"}
RUNS_SQL = {"execute", "executemany", "executescript", "copy", "query"}

ONLY_IN = {
    "time": ("clock.py",),
    "random": (),
    "secrets": ("randomness.py", "cli/"),
    "threading": ("storage/", "cli/"),
    "concurrent": ("storage/", "cli/"),
    "multiprocessing": (),
    "sqlite3": (),
    "socket": ("cli/",),
    "ssl": ("outbound_http.py",),
    "urllib.request": (),
    "http.client.HTTPConnection": (),
    "http.client.HTTPSConnection": (),
}
"""Standard modules by the places of src/cross that may import them."""

CONNECTS = {"create_connection", "open_connection", "create_unix_connection", "sock_connect"}

NEVER_SLEEP = ("domain/", "storage/", "api/", "connector/", "bootstrap.py")
"""Where a wait has an event to wait for, or no business waiting."""

ELSEWHERE = re.compile(
    r"[/]work/|[/]tmp/v/|[/]opt/(pypi|wheels)|[/]root/|[/]home/\w"
    r"|py[p]i\.org|python[h]osted|(?<!no-emit-)index[-]url|find[-]links"
)
"""Registries, mirrors, and folders of one machine; written so as not to match itself."""


def _committed() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".gitignore"} for part in parts)
        built = any(
            part in {"__pycache__", "build", "dist"} or "egg-info" in part for part in parts
        )
        if path.is_file() and not hidden and not built:
            yield path


COMMITTED = list(_committed())
PYTHON = [path for path in COMMITTED if path.suffix == ".py"]
PRODUCTION = [path for path in PYTHON if SOURCE in path.parents and "tests" not in path.parts]
MONEY = [path for path in PRODUCTION if path.relative_to(SOURCE).parts[0] in MONEY_LAYERS]
STORAGE = [path for path in PRODUCTION if path.relative_to(SOURCE).parts[0] == "storage"]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _in_source(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", PYTHON, ids=_place)
def test_files_and_functions_fit_in_the_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES_MAX

    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", PYTHON, ids=_place)
def test_a_name_says_what_is_inside(path: Path) -> None:
    words = {
        word for part in path.relative_to(ROOT).with_suffix("").parts for word in part.split("_")
    }

    assert not words & EMPTY_WORDS


def test_one_noun_has_one_file_name() -> None:
    """The domain names a thing (`transfer`), the layers above what they keep (`transfers`)."""
    layers = ("storage", "switch", "api", "partner", "web", "cli")
    names = {path.stem for path in PRODUCTION if path.relative_to(SOURCE).parts[0] in layers}

    assert not {name for name in names if f"{name}s" in names}


@pytest.mark.parametrize("path", COMMITTED, ids=_place)
def test_what_is_left_to_do_has_an_issue(path: Path) -> None:
    if path.suffix in {".py", ".sql", ".toml", ".sh", ".yml"} or path.name in {"Makefile", "run"}:
        left = re.findall(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b(?!.{0,3}#\d+).*", path.read_text("utf-8"))
        assert not left


@pytest.mark.parametrize("path", COMMITTED, ids=_place)
def test_no_file_names_a_registry_or_a_folder_of_one_machine(path: Path) -> None:
    assert not ELSEWHERE.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", OPERATORS, ids=lambda folder: folder.name)
def test_an_operator_folder_is_complete(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} >= OPERATOR_FILES
    assert list((folder / "tests").glob("test_*.py"))


@pytest.mark.parametrize("folder", OPERATORS, ids=lambda folder: folder.name)
def test_what_is_assumed_of_an_operator_is_in_its_readme(folder: Path) -> None:
    assumed = any("ASSUMED" in path.read_text("utf-8") for path in folder.glob("*.py"))

    assert not assumed or "assum" in (folder / "README.md").read_text("utf-8").lower()


@pytest.mark.parametrize("folder", OPERATORS, ids=lambda folder: folder.name)
def test_a_connector_knows_nothing_of_simulators(folder: Path) -> None:
    """F-C20: in an operator's folder, only `simulator*.py` imports what simulates."""
    for path in folder.glob("*.py"):
        if not path.stem.startswith("simulator"):
            for module in _imported(_tree(path)):
                assert not module.startswith("cross.simulation"), path.name
                assert not module.startswith(f"cross.operators.{folder.name}.simulator"), path.name


@pytest.mark.parametrize("path", MONEY, ids=_in_source)
def test_no_float_comes_near_money(path: Path) -> None:
    """F-Y10, S-SUP-04, I-08: integers end to end. A duration may be one: its name says so."""
    tree = _tree(path)
    durations = {part for node in ast.walk(tree) if _is_duration(node) for part in ast.walk(node)}

    assert not [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.expr | ast.AugAssign)
        and node not in durations
        and _is_inexact(node)
    ]


def _is_duration(node: ast.AST) -> bool:
    """Whether it gives a duration, or a moment of the event loop's clock, its name."""
    match node:
        case (
            ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name))
            | ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)])
            | ast.BinOp(left=ast.Name(id=name) | ast.Attribute(attr=name))
            | ast.arg(arg=str(name))
            | ast.keyword(arg=str(name))
        ):
            return bool(set(name.lower().split("_")) & {"seconds", "at", "until"})
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return "seconds" in name.split("_")
        case _:
            return False


def _is_inexact(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
        case ast.Name(id="float" | "round"):
            return True
        case ast.Constant(value=float()):
            return True
        case _:
            return False


@pytest.mark.parametrize("path", STORAGE, ids=_in_source)
def test_no_value_is_pasted_into_sql(path: Path) -> None:
    """F-S23, S-SUP-04: values are parameters; constants and pieces of SQL alone are pasted."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and _called(node) in RUNS_SQL and node.args:
            assert not _is_pasted(node.args[0]), f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.JoinedStr) and SQL.match(_first_text(node)):
            assert not _is_pasted(node), f"line {node.lineno}: {ast.unparse(node)}"


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _first_text(joined: ast.JoinedStr) -> str:
    match joined.values:
        case [ast.Constant(value=str(text)), *_]:
            return text
        case _:
            return ""


def _is_pasted(statement: ast.expr) -> bool:
    """Whether it holds a value: what is compared with, or any object's attribute."""
    match statement:
        case ast.BinOp(op=ast.Mod()) | ast.Call(func=ast.Attribute(attr="format")):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_pasted(left) or _is_pasted(right)
        case ast.JoinedStr(values=values):
            before = [ast.Constant(""), *values]
            return any(
                _is_value(part.value, after=previous)
                for previous, part in zip(before, values, strict=False)
                if isinstance(part, ast.FormattedValue)
            )
        case _:
            return False


def _is_value(part: ast.expr, *, after: ast.expr) -> bool:
    if isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part).split(".")[-1].isupper():
        return False
    compared = isinstance(after, ast.Constant) and COMPARES.search(str(after.value))
    return bool(compared) or any(
        isinstance(node, ast.Attribute) and not node.attr.isupper() and node.attr not in JOINS
        for node in ast.walk(part)
    )


@pytest.mark.parametrize("path", PRODUCTION, ids=_in_source)
def test_time_randomness_and_the_network_have_one_door_each(path: Path) -> None:
    """S-SUP-04."""
    place = _in_source(path)
    for module in _imported(_tree(path)):
        for banned, allowed in ONLY_IN.items():
            if module == banned or module.startswith(f"{banned}."):
                assert place.startswith(allowed), f"{place} imports {module}"


@pytest.mark.parametrize("path", PRODUCTION, ids=_in_source)
def test_only_the_door_out_opens_a_connection(path: Path) -> None:
    """Databases apart, whose drivers only storage imports."""
    calls = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]

    if _in_source(path) != "outbound_http.py":
        assert not [call.lineno for call in calls if _called(call) in CONNECTS]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", PRODUCTION, ids=_in_source)
def test_what_has_an_event_to_wait_for_does_not_sleep(path: Path) -> None:
    if _in_source(path).startswith(NEVER_SLEEP):
        sleeps = [
            node.lineno
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.Call) and _called(node) == "sleep"
        ]
        assert not sleeps


@pytest.mark.parametrize(
    "path", [path for path in PRODUCTION if "domain" in path.parts], ids=_in_source
)
def test_the_domain_needs_the_standard_library_only(path: Path) -> None:
    for module in _imported(_tree(path)):
        root = module.partition(".")[0]
        assert root in sys.stdlib_module_names or module.startswith("cross.domain"), module


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.txt")), ids=_place)
def test_every_requirement_is_pinned_with_hashes_and_no_address(path: Path) -> None:
    """F-S26, S-SUP-01: a mirror is pip's configuration, never a commit (docs/decisions/0004)."""
    text = path.read_text(encoding="utf-8")
    pins = re.split(r"(?<!\\)\n", text.strip())

    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)
    assert not [
        pin for pin in pins if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", pin, re.DOTALL)
    ]


def test_a_package_has_one_version_in_every_set() -> None:
    pins: dict[str, str] = {}
    for path in ROOT.glob("requirements/*.txt"):
        for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE):
            assert pins.setdefault(name, version) == version, name
