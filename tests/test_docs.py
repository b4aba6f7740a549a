"""What the documents say exists: links, commands, decisions, a line for every dependency."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cross.cli.app import COMMANDS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _anchors(text: str) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(text: str) -> Iterator[list[str]]:
    """The words of every line in a fenced block, and of every `quoted` text."""
    for block in FENCED.findall(text):
        yield from (line.split() for line in block.splitlines())
    yield from (quoted.split() for quoted in re.findall(r"`([^`\n]+)`", FENCED.sub("", text)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=_place)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text)):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        linked = (path.parent / target).resolve() if target else path
        assert linked.exists(), link
        assert not anchor or anchor in _anchors(linked.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=_place)
def test_every_make_command_named_is_a_target(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(shlex.split(re.findall(r"^\.PHONY:(.+)$", makefile, re.MULTILINE)[0]))
    named = {
        words[1]
        for words in _commands(path.read_text(encoding="utf-8"))
        if words[:1] == ["make"] and len(words) > 1
    }

    assert named <= targets


def test_every_cross_command_named_is_one_of_the_command_line() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\$\(BIN\)/cross ([a-z]+)", makefile))
    for path in DOCUMENTS:
        if path.parent.name != "decisions":
            commands = _commands(path.read_text(encoding="utf-8"))
            named |= {words[1] for words in commands if words[:1] == ["cross"] and len(words) > 1}

    assert named - {"--help"} <= set(COMMANDS)


def test_every_target_of_make_says_what_it_is_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(shlex.split(re.findall(r"^\.PHONY:(.+)$", makefile, re.MULTILINE)[0]))
    explained = set(re.findall(r"^([a-z-]+):.*  ## \S", makefile, re.MULTILINE))

    assert explained == targets


def test_the_readme_speaks_of_the_same_commands_in_both_languages() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    french, english = text.split("\n## English\n")

    assert _made(french) == _made(english)
    assert {"demo", "test"} <= _made(english)


def _made(text: str) -> set[str]:
    return {words[1] for words in _commands(text) if words[:1] == ["make"] and len(words) > 1}


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:5] for path in DECISIONS] == [
        f"{number:04}-" for number in range(1, len(DECISIONS) + 1)
    ]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_one_page_with_its_context_and_consequences(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 90


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.in")), ids=_place)
def test_every_dependency_has_its_line_in_a_decision(path: Path) -> None:
    decided = (ROOT / "docs/decisions/0002-what-cross-depends-on.md").read_text(encoding="utf-8")
    wanted = re.findall(r"^([a-z0-9-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert wanted
    assert not [name for name in wanted if f"`{name}`" not in decided and not name.startswith("-")]


def test_what_cross_runs_on_is_the_same_for_make_and_for_pip() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = (ROOT / "requirements/run.in").read_text(encoding="utf-8").split()

    assert sorted(project["dependencies"]) == sorted(set(run) - {"setuptools"})
