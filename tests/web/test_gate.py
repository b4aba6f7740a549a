"""The gate: every payer's page, in every language and state, is small, closed, and for everybody.

`pytest -s tests/web/test_gate.py` prints the size of each page.
"""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.web.gallery import LANGUAGES, views
from tests.web.reading import Element, contrast, read, rules_of
from tests.web.shop import Seen, Shop, shop_settings
from tests.world import SIMULATORS_ADDRESS, SWITCH_ADDRESS, small_world

GZIP_BYTES_MAX: Final = 14 * 1024  # what a first window of TCP carries: screens.md
RAW_BYTES_MAX: Final = 50 * 1024
CONTRAST_MIN: Final = 4.5  # WCAG 2.2, 1.4.3
EDGE_CONTRAST_MIN: Final = 3.0  # WCAG 2.2, 1.4.11
TARGET_REM_MIN: Final = 3.0  # 48 px: screens.md
MERCHANTS_OWN: Final = "https://boutique-afi.example/"
KNOWN_ADDRESSES: Final = (MERCHANTS_OWN, SWITCH_ADDRESS, SIMULATORS_ADDRESS, "http://www.w3.org/")
LOADS: Final = ("src", "srcset", "poster", "data", "background", "ping")
STYLE: Final = (Path(__file__).parents[2] / "src/cross/web/templates/style.css").read_text("utf-8")

Pages = Mapping[tuple[str, str], Seen]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Every page by state and language."""
    found: dict[tuple[str, str], Seen] = {}

    async def walk() -> None:
        settings = shop_settings()
        folder = tmp_path_factory.mktemp("gate")
        async with small_world(folder, settings=settings) as world:
            async for name, look in views(Shop(world, settings)):
                for language in LANGUAGES:
                    found[name, language] = await look(language)

    asyncio.run(walk())
    return found


def test_every_page_fits_in_the_first_packets(pages: Pages) -> None:
    told = [f"{'page':<26}" + "".join(f"{lang:>14}" for lang in LANGUAGES)]
    for name in dict.fromkeys(name for name, _ in pages):
        row = [pages[name, language] for language in LANGUAGES]
        told.append(f"{name:<26}" + "".join(f"{s.sent_bytes:>7}/{len(s.body):<6}" for s in row))
        for seen in row:
            assert seen.headers["content-encoding"] == "gzip", name
            assert seen.sent_bytes <= GZIP_BYTES_MAX, name
            assert len(seen.body) <= RAW_BYTES_MAX, name
    sys.stdout.write("\nbytes sent (gzip) / raw\n" + "\n".join(told) + "\n")


def test_every_page_is_in_its_language_and_direction(pages: Pages) -> None:
    for (name, language), seen in pages.items():
        html = read(seen.html).all("html")[0].said

        assert html == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}, name
        assert seen.headers["content-language"] == language


def test_no_page_knows_another_site(pages: Pages) -> None:
    """S-WEB-01, S-WEB-04: but for the merchant's links, and where an operator's page is said."""
    for (name, _), seen in pages.items():
        for address in re.findall(r"https?://[^\s\"'<>]+", seen.html):
            assert address.startswith(KNOWN_ADDRESSES), (name, address)
        for element in read(seen.html).elements:
            assert not set(element.said) & set(LOADS), (name, element)
            assert element.tag not in ("link", "img", "iframe", "object", "base"), name
            action = element.said.get("action", "/")
            assert re.match(r"/(?!/)", action), name
        assert not re.search(r"url\(|@import", seen.html), name


def test_the_policy_of_every_page_is_strict(pages: Pages) -> None:
    """S-WEB-02, S-WEB-03, F-S13."""
    nonces = []
    for (name, _), seen in pages.items():
        policy = dict(
            part.strip().split(" ", 1)
            for part in seen.headers["content-security-policy"].split(";")
        )
        nonce = policy["style-src"].removeprefix("'nonce-").removesuffix("'")
        nonces.append(nonce)
        forms = policy.pop("form-action").split()
        operators = [SIMULATORS_ADDRESS] if name.startswith("handover") else []
        assert forms == ["'self'", *operators], name
        assert policy == {
            "default-src": "'none'",
            "style-src": f"'nonce-{nonce}'",
            "script-src": f"'nonce-{nonce}'",
            "connect-src": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }, name
        assert seen.headers["referrer-policy"] == "no-referrer"
        assert seen.headers["cache-control"] == "no-store"
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in seen.headers
        for element in read(seen.html).all("style", "script"):
            assert element.said == {"nonce": nonce}, name
    assert len(set(nonces)) == len(nonces)


def test_no_page_has_a_handler_or_a_style_in_its_markup(pages: Pages) -> None:
    for (name, _), seen in pages.items():
        for element in read(seen.html).elements:
            assert "style" not in element.said, (name, element)
            assert not [said for said in element.said if said.startswith("on")], (name, element)


def test_every_id_is_one_elements_and_what_refers_to_it_finds_it(pages: Pages) -> None:
    for (name, _), seen in pages.items():
        page = read(seen.html)
        ids = [element.said["id"] for element in page.elements if "id" in element.said]
        assert len(ids) == len(set(ids)), (name, ids)
        for element in page.elements:
            wanted = element.said.get("aria-describedby", "").split()
            wanted += [element.said["for"]] if "for" in element.said else []
            if element.said.get("href", "").startswith("#"):
                wanted.append(element.said["href"][1:])
            assert set(wanted) <= set(ids), (name, element)


def test_every_input_has_a_label(pages: Pages) -> None:
    for (name, _), seen in pages.items():
        page = read(seen.html)
        labelled = {label.said.get("for") for label in page.all("label")}
        for element in page.all("input", "select", "textarea"):
            if element.said.get("type") != "hidden":
                assert "label" in element.within or element.said.get("id") in labelled, name


def test_every_page_has_one_heading_of_the_first_level(pages: Pages) -> None:
    for (name, _), seen in pages.items():
        assert len(read(seen.html).all("h1")) == 1, name


def test_no_page_shows_a_whole_number_that_it_was_not_just_given(pages: Pages) -> None:
    """I-42: masked as a payer recognises it; a form shows again what was typed into it."""
    for (name, _), seen in pages.items():
        if name != "confirm":
            assert not re.search(r"\d{2}\s?11\s?22\s?\d{2}", seen.text), name


def test_no_page_asks_for_a_pin(pages: Pages) -> None:
    """S-WEB-09."""
    for (name, _), seen in pages.items():
        for element in read(seen.html).all("input"):
            assert element.said.get("type") != "password", name
            assert not re.search("pin|code|otp", element.said.get("name", "")), name


def test_every_colour_of_text_can_be_read() -> None:
    rules = rules_of(STYLE)
    colours = {
        name.removeprefix("--"): value
        for selector, said in rules
        if selector == ":root"
        for name, value in said.items()
    }
    pairs = 0
    for selector, said in rules:
        text = _named(said.get("color", ""))
        if text is None:
            continue
        own = _named(said.get("background", ""))
        around = [own] if own else ["paper", "card", *_soft(selector)]
        for ground in around:
            pairs += 1
            ratio = contrast(colours[text], colours[ground])
            assert ratio >= CONTRAST_MIN, f"{selector}: {text} on {ground} {ratio:.2f}"
    for ground in ("card", "paper"):
        assert contrast(colours["edge"], colours[ground]) >= EDGE_CONTRAST_MIN
    assert pairs > 20


def test_every_target_is_large_enough_for_a_thumb(pages: Pages) -> None:
    """WCAG 2.2, 2.5.8 asks for 24 px; screens.md for 48."""
    tall = {
        selector
        for selector, said in rules_of(STYLE)
        if float(said.get("min-block-size", "0rem").removesuffix("rem")) >= TARGET_REM_MIN
    }
    for (name, _), seen in pages.items():
        for element in read(seen.html).all("a", "button", "summary", "input"):
            if element.said.get("type") != "hidden":
                assert _rule_of(element) in tall, (name, element)


def _named(value: str) -> str | None:
    found = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return found[1] if found else None


def _soft(selector: str) -> list[str]:
    """What else may be behind: a chosen account, a warning, a fault."""
    if selector.startswith(".choice"):
        return ["accent-soft"]
    return ["bad-soft"] if selector.startswith((".wrong", ".fault")) else []


def _rule_of(element: Element) -> str:
    """The rule that gives the target its height."""
    for around, rule in ((".choice", ".choice"), (".wrong", ".wrong a"), ("nav", ".top nav a")):
        if around in element.within:
            return rule
    known = [name for name in element.classes if name in ("act", "field")]
    return f".{known[0]}" if known else element.tag
