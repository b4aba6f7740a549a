"""The pages that simulated operators host: HTML5, one form, no script, nothing from elsewhere.

A form has the fields `phone`, `pin` and `otp`, and buttons named `action`, so that a browser, a
person and a walker over HTTP drive any of them alike.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from html import escape
from typing import Final
from urllib.parse import urlsplit

from cross.simulation.exchange import Reply, html_reply
from cross.simulation.payments import Payment

ACTION: Final = "action"
PHONE: Final = "phone"
PIN: Final = "pin"
OTP: Final = "otp"

_FILLED_BY: Final = {PHONE: "tel-national", OTP: "one-time-code"}
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+", re.ASCII)
_NO_REAL_MONEY: Final = {
    "fr": "Simulateur : aucun argent réel.",
    "en": "Simulator: no real money.",
}
_SHEET: Final = """
*{box-sizing:border-box}
html{font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1b1f24;
background:#eef1f4}
body{margin:0;display:flex;flex-direction:column;align-items:center;min-height:100vh}
header{width:100%;background:ACCENT;color:#fff;padding:.9rem 1rem;text-align:center;
font-weight:700;font-size:1.15rem}
main{width:100%;max-width:26rem;background:#fff;padding:1.25rem 1rem 1.5rem;flex:0 1 auto}
@media(min-width:28rem){main{margin:1.5rem 0;border-radius:.75rem;padding:1.75rem;
box-shadow:0 1px 4px #0002}}
h1{font-size:1.2rem;line-height:1.3;margin:0 0 .75rem}
.amount{font-size:1.9rem;font-weight:700;line-height:1.2;margin:0 0 .75rem}
dl{margin:0 0 1rem;border-top:1px solid #dde2e8}
dl div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;padding:.45rem 0;
border-bottom:1px solid #dde2e8}
dt{color:#4d5763}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
p{margin:0 0 1rem;overflow-wrap:anywhere}
.note{border-inline-start:.3rem solid ACCENT;background:#eef1f4;padding:.65rem .8rem}
.wrong{border-color:#b3261e;background:#fceeed;color:#7d150f;font-weight:600}
label{display:block;font-weight:600;margin:0 0 .25rem}
.hint{display:block;font-weight:400;font-size:.9rem;color:#4d5763}
input{width:100%;min-height:3rem;font:inherit;font-size:1.15rem;padding:.5rem .75rem;
border:2px solid #6b7683;border-radius:.5rem;margin:0 0 1rem;background:#fff;color:inherit}
input[readonly]{background:#eef1f4}
button{width:100%;min-height:3rem;font:inherit;font-weight:700;border-radius:.5rem;cursor:pointer;
border:2px solid ACCENT;background:ACCENT;color:#fff;margin:0 0 .65rem}
button.quiet{background:#fff;color:#1b1f24;border-color:#6b7683;font-weight:600}
:focus-visible{outline:3px solid #1a73e8;outline-offset:2px}
footer{padding:1rem;font-size:.85rem;color:#4d5763;text-align:center}
"""


class Action(StrEnum):
    """What a button on a page does."""

    CONTINUE = "continue"
    PAY = "pay"
    CONFIRM = "confirm"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Field:
    """One box of a form, labelled above it; `secret` hides what is typed."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    length_max: int = 20
    secret: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a hosted page shows; every word of it is escaped.

    `target` is where its form goes, relative to the page; `leads_to` are other sites to which the
    answer may send the browser. `facts` are pairs of label and value.
    """

    brand: str
    accent: str
    language: str
    title: str
    amount: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""
    is_wrong: bool = False
    fields: tuple[Field, ...] = ()
    buttons: tuple[tuple[Action, str], ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    target: str = ""
    leads_to: tuple[str, ...] = ()


def page_reply(page: Page, *, status: int = 200, payment: Payment | None = None) -> Reply:
    """The page with its policy: its own sheet and form, and nothing else at all."""
    sheet = _sheet(page.accent)
    targets = ["'self'", *dict.fromkeys(filter(None, map(_origin, page.leads_to)))]
    policy = (
        f"default-src 'none'; style-src 'sha256-{_digest(sheet)}'; base-uri 'none'; "
        f"form-action {' '.join(targets)}; frame-ancestors 'none'"
    )
    return html_reply(_html(page, sheet), status=status, policy=policy, payment=payment)


def _html(page: Page, sheet: str) -> str:
    language = page.language if page.language in _NO_REAL_MONEY else "fr"
    parts = [
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(page.title)} – {escape(page.brand)}</title>",
        f"<style>{sheet}</style></head><body>",
        f"<header>{escape(page.brand)}</header><main><h1>{escape(page.title)}</h1>",
    ]
    if page.amount:
        parts.append(f'<p class="amount"><bdi>{escape(page.amount)}</bdi></p>')
    if page.facts:
        parts.append(f"<dl>{''.join(_fact(*fact) for fact in page.facts)}</dl>")
    if page.note:
        kind, role = ("note wrong", "alert") if page.is_wrong else ("note", "status")
        parts.append(f'<p class="{kind}" role="{role}">{escape(page.note)}</p>')
    if page.buttons:
        parts.append(_form(page))
    parts.append(f"</main><footer>{_NO_REAL_MONEY[language]}</footer></body></html>")
    return "".join(parts)


def _fact(label: str, value: str) -> str:
    return f"<div><dt>{escape(label)}</dt><dd><bdi>{escape(value)}</bdi></dd></div>"


def _form(page: Page) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in page.hidden
    )
    fields = "".join(_field(field) for field in page.fields)
    buttons = "".join(_button(action, label) for action, label in page.buttons)
    target = escape(page.target)
    return f'<form method="post" action="{target}">{hidden}{fields}{buttons}</form>'


def _field(field: Field) -> str:
    name = escape(field.name)
    hint = f'<span class="hint">{escape(field.hint)}</span>' if field.hint else ""
    is_phone = field.name == PHONE
    attributes = [
        f'id="{name}" name="{name}" value="{escape(field.value)}" maxlength="{field.length_max}"',
        'type="password"' if field.secret else f'type="{"tel" if is_phone else "text"}"',
        f'inputmode="{"tel" if is_phone else "numeric"}" required',
        f'autocomplete="{_FILLED_BY.get(field.name, "off")}"',
    ]
    if field.read_only:
        attributes.append("readonly")
    return f'<label for="{name}">{escape(field.label)}{hint}</label><input {" ".join(attributes)}>'


def _button(action: Action, label: str) -> str:
    quiet = ' class="quiet" formnovalidate' if action is Action.CANCEL else ""
    return f'<button name="{ACTION}" value="{action.value}"{quiet}>{escape(label)}</button>'


def _origin(url: str) -> str | None:
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else None


@cache
def _sheet(accent: str) -> str:
    return "".join(_SHEET.replace("ACCENT", accent).splitlines())


@cache
def _digest(sheet: str) -> str:
    return base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode("ascii")
