"""The commented cross.toml of every setting, made of the settings themselves.

`python -m cross.cli.config_template docs/reference/configuration.md` writes the page of it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from cross.operators.registry import installed
from cross.settings import Settings

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "database_url": "Where the books are: sqlite:PATH, or postgresql://USER@HOST/NAME.",
        "host": "The address that the switch listens on.",
        "port": "The port that the switch listens on; 0 takes a free one.",
        "livemode": "Whether real money moves; every address must then be a real one.",
        "public_url": "Where payers' browsers and operators come to; else http://HOST:PORT.",
        "checkout_frame_ancestors": "Who may show the payer's pages in a frame, as CSP says it.",
        "callback_secret": "What callback addresses are derived from. Better sealed:\n"
        "cross secrets set cross callback_secret",
        "master_key_file": "The master keys, mode 0400; what seals every other secret.",
        "callbacks_per_second": "How many callbacks a second one source may send.",
        "trusted_proxies": "Networks of our own proxies, whose X-Forwarded-For is believed.",
        "admin_networks": "Networks from which admin calls and metrics are answered.",
        "role": "Which work this process does: all, or a part of it.",
        "log_requests": "Which requests are noted: those refused, or all.",
        "query_schedule_seconds": "Ages, in seconds, at which a silent leg is asked about.",
        "query_every_seconds": "Seconds between questions after that.",
        "settling_seconds": "Seconds before *not found* counts; else each operator's own.",
        "apart_seconds": "Seconds between the two queries that must agree on *not found*.",
        "sends_max": "How often a request is sent that provably never arrived.",
        "quote_minutes": "Minutes for which a quoted price holds.",
        "lease_seconds": "Seconds for which a process holds its movements unrenewed.",
        "look_every_seconds": "Seconds between looks for what other processes left.",
        "webhook_schedule_seconds": "Pauses, in seconds, between the attempts of a delivery.",
        "webhook_concurrency": "Deliveries to one endpoint at a time.",
        "webhook_timeout_seconds": "Seconds for a whole delivery.",
        "webhook_private_networks": "Whether endpoints may be http and private: for tests.",
        "webhook_ports": "Ports of endpoints that are open besides 443.",
        "webhook_denied_networks": "Networks where no endpoint may be, whatever else allows it.",
        "webhook_overlap_seconds": "Seconds for which the secret before the last signs on.",
        "webhook_change_delay_seconds": "Live mode: seconds until another URL or secret is used.",
        "webhook_failing_seconds": "Seconds for which an endpoint may fail before it is disabled.",
        "limits": "What merchants may move: the amounts and counts that are refused above.",
        "key_calls_per_second": "How many calls a second one key may make.",
        "strangers_per_second": "How many calls without a valid key one source may make a second.",
        "capacity": "How much a process takes on; docs/explanation/overload.md.",
        "mbanking": "The MBANKING gateway, for partner banks.",
        "attention": "Who looks at what needs a person, and up to which amount one decides alone.",
        "chain": "Where the signed head of the ledger goes: ship_to an address, ship_file a file.",
        "float_low": "By operator, in the smallest unit: below it a float is low.",
        "watch": "Where alarms are sent, and when something is one; docs/reference/alarms.md.",
        "fees": "Fee schedules, amounts in the smallest unit. These are an example.",
        "rates": "Exchange rates; none is built in.",
        "pi_spi": "Merchants' aliases at PI-SPI, by merchant id.",
        "operators": "Which operators are connected, and how. Secrets: cross secrets set.",
    }
)
"""What each setting is for; one that is not here says nothing but its name."""

_SECTIONS: Final = ("operators", "fees", "rates", "limits", "pi_spi", "float_low")
_INTRODUCTION: Final = """\
# Configuration

`cross config template` prints what follows: every setting with its default. A setting that is
commented out is at its default. What counts, the first one that says something: a flag of
`cross serve`; the environment, as `CROSS_PORT` or `CROSS_OPERATORS__TMONEY__LOGIN_URL`; a file
`.env` beside cross.toml with the same names; cross.toml. An operator's secret that is stored sealed
(`cross secrets set`) wins over all of them.

`cross config check` reads all of it, connects nothing, and names what is wrong; `cross config show`
prints what counts and where it comes from, with secrets masked.

```toml
"""


def template() -> str:
    """The whole file, every setting commented out at its default."""
    lines = ["# Cross: every setting, at its default. Remove the # of what you change.", ""]
    for name, field in Settings.model_fields.items():
        if name not in _SECTIONS:
            lines += [*_explained(name, field), *_line(name, field), ""]
    for name in _SECTIONS:
        lines += [*_explained(name, Settings.model_fields[name]), *_section(name), ""]
    return "\n".join(lines)


def page() -> str:
    """The reference page."""
    return f"{_INTRODUCTION}{template().rstrip()}\n```\n"


def in_toml(value: Any) -> str:  # noqa: ANN401  whatever a setting may be
    """A value on one line, as TOML writes it."""
    if isinstance(value, Mapping):
        said = {_key(key): in_toml(one) for key, one in value.items() if one is not None}
        return f"{{ {', '.join(f'{key} = {one}' for key, one in said.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _explained(name: str, field: FieldInfo) -> Iterator[str]:
    for line in WORDS.get(name, name).splitlines():
        yield f"# {line}"
    bounds = [bound for one in field.metadata if (bound := _bound(one))]
    if bounds:
        yield f"# A number {' and '.join(bounds)}."


def _bound(one: object) -> str:
    match one:
        case Ge(ge=least):
            return f"of {least} at least"
        case Gt(gt=above):
            return f"above {above}"
        case Le(le=most):
            return f"of {most} at most"
        case _:
            return ""


def _line(name: str, field: FieldInfo) -> Iterator[str]:
    value = to_jsonable_python(field.get_default(call_default_factory=True))
    if value is None:
        yield f"# {name}: not set"
    else:
        yield f"#{name} = {in_toml(value)}"


def _section(name: str) -> Iterator[str]:
    if name == "operators":
        yield from _operators()
        return
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(default, Mapping) or not default:
        yield from _EXAMPLES.get(name, (f"# [{name}]",))
        return
    for one in default:
        yield f"#[[{name}]]"
        for key, value in _said(one).items():
            yield f"#{key} = {in_toml(value)}"


def _said(one: BaseModel) -> dict[str, Any]:
    found: dict[str, Any] = one.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return found


def _operators() -> Iterator[str]:
    for name, found in installed().items():
        form = found.settings
        yield f"# [operators.{_key(name)}]"
        for setting in form.required:
            where = "secret: sealed" if form.is_secret(setting) else "required"
            yield f"# {setting} =   # {where}"
        for setting, value in form.defaults.items():
            where = "   # secret: sealed" if form.is_secret(setting) else ""
            yield f"# {setting} = {in_toml(value)}{where}"


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    return name if plain else json.dumps(name)


_EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "rates": (
        "# [[rates]]",
        '# from = "XOF"',
        '# to = "DJF"',
        '# rate = "0.298027"   # of `to` for 1 of `from`, as text',
        "# margin_bp = 150      # ours, in hundredths of a percent",
        '# valid_from = "2026-01-01T00:00:00Z"',
        '# source = "whose rate it is"',
    ),
    "pi_spi": (
        "# [pi_spi.mer_01JABCDEFGHJKMNPQRSTVWXYZ0]",
        '# alias = "111c3e1b-4312-49ec-b75e-4c8c74c10fd7"',
        '# country = "TG"',
    ),
    "float_low": ("# [float_low]", "# tmoney = 5000000"),
}

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
