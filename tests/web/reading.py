"""What a browser makes of a page: its elements with what surrounds them, and its style's rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

VOID: Final = {"input", "meta", "path", "rect", "circle", "br", "img", "link"}


@dataclass(frozen=True)
class Element:
    """One element; `within` are the tags and classes of those around it."""

    tag: str
    said: Mapping[str, str]
    within: frozenset[str]

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.said.get("class", "").split()


@dataclass
class Read(HTMLParser):
    """Every element of a page, in order."""

    elements: list[Element] = field(default_factory=list)
    _around: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        around = frozenset(
            word for name, classes in self._around for word in (name, *(f".{c}" for c in classes))
        )
        element = Element(tag, said, around)
        self.elements.append(element)
        if tag not in VOID:
            self._around.append((tag, element.classes))

    def handle_endtag(self, tag: str) -> None:
        while self._around and self._around.pop()[0] != tag:
            continue

    def all(self, *tags: str) -> list[Element]:
        """The elements of these tags."""
        return [element for element in self.elements if element.tag in tags]


def read(html: str) -> Read:
    """The page."""
    page = Read()
    page.feed(html)
    page.close()
    return page


def rules_of(style: str) -> list[tuple[str, dict[str, str]]]:
    """A style's rules, selector by selector, without what is for paper only."""
    screen = style.partition("@media print")[0]
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", screen):
        said = {
            name.strip(): value.strip()
            for name, _, value in (part.partition(":") for part in body.split(";") if part.strip())
        }
        found += [(selector.strip(), said) for selector in selectors.split(",")]
    return found


def contrast(one: str, other: str) -> float:
    """Source: WCAG 2.2, contrast ratio and relative luminance; colours as `#rgb` or `#rrggbb`."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
