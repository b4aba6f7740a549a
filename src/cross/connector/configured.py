"""Reads an operator's settings when it is connected; a mistake is named, its value never shown."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from cross.domain.operator import OperatorSettings, Profile

PROFILE_SETTINGS: Final = ("answer_timeout_seconds", "settling_seconds", "prompt_seconds")
_SECONDS_MAX: Final = 86_400


def settings_of(
    operator: str,
    settings: OperatorSettings,
    *,
    required: Collection[str],
    defaults: Mapping[str, str],
) -> dict[str, str]:
    """Every setting with its default; raises `ValueError` naming what is missing or not known."""
    for name in settings:
        if name not in required and name not in defaults and name not in PROFILE_SETTINGS:
            raise ValueError(f"{operator} has no setting {name!r}")
    for name in required:
        if not settings.get(name):
            raise ValueError(f"{operator} needs the setting {name!r}")
    return {**defaults, **settings}


def profile_with(profile: Profile, settings: OperatorSettings) -> Profile:
    """The profile with the waiting times that this switch was given instead of its own."""
    prompt_seconds = _seconds(settings, "prompt_seconds", profile.prompt_seconds)
    return replace(
        profile,
        answer_timeout_seconds=_seconds(
            settings, "answer_timeout_seconds", profile.answer_timeout_seconds
        ),
        settling_seconds=_seconds(settings, "settling_seconds", profile.settling_seconds),
        prompt_seconds=ceil(prompt_seconds),
    )


def url_in(
    operator: str, settings: Mapping[str, str], name: str, *, with_query: bool = False
) -> str:
    """An absolute http or https address without a final slash, or `ValueError` naming it."""
    value = settings[name]
    refused = " #@" if with_query else " #@?"
    plain = value.isascii() and value.isprintable() and not any(c in value for c in refused)
    if not plain or not _is_web_address(value):
        raise ValueError(f"{operator}: the setting {name!r} is not an http or https address")
    return value.rstrip("/")


def path_in(operator: str, settings: Mapping[str, str], name: str) -> str:
    """A path that starts with a slash, or `ValueError` naming it."""
    value = settings[name]
    plain = value.isascii() and value.isprintable() and not any(c in value for c in " ?#")
    if not plain or not value.startswith("/"):
        raise ValueError(f"{operator}: the setting {name!r} is not a path that starts with /")
    return value


def one_of(operator: str, settings: Mapping[str, str], name: str, choices: Collection[str]) -> str:
    """A value out of a few, or `ValueError` naming the setting and the choice."""
    if settings[name] not in choices:
        raise ValueError(f"{operator}: the setting {name!r} is not one of {', '.join(choices)}")
    return settings[name]


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False


def _seconds(settings: OperatorSettings, name: str, default: float) -> float:
    text = settings.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > len("86400.000"):
        raise ValueError(f"the setting {name!r} is not a number of seconds")
    if not 0 < (seconds := float(text)) <= _SECONDS_MAX:
        raise ValueError(f"the setting {name!r} is not between 0 and {_SECONDS_MAX} seconds")
    return seconds
