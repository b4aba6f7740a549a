"""Finds the operators that are installed: every package beside this module that has a profile."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import cross.operators
from cross.clock import Clock
from cross.connector.settings_form import UNKNOWN_FORM, SettingsForm
from cross.domain.ids import RandomBits
from cross.domain.operator import Operator, OperatorSettings, Profile
from cross.outbound import Outbound


class Connect(Protocol):
    """Makes an operator's connector; raises `ValueError` naming a setting that is missing."""

    def __call__(
        self,
        *,
        outbound: Outbound,
        settings: OperatorSettings,
        clock: Clock,
        random_bits: RandomBits,
    ) -> Operator:
        """The connector; nothing is sent yet."""


@dataclass(frozen=True, slots=True)
class Installed:
    """An operator whose folder is there, whether or not this switch is connected to it."""

    profile: Profile
    connect: Connect
    settings: SettingsForm


def installed() -> Mapping[str, Installed]:
    """Every operator installed, by name, in alphabetical order."""
    found: dict[str, Installed] = {}
    for module in sorted(pkgutil.iter_modules(cross.operators.__path__), key=lambda m: m.name):
        if module.ispkg:
            package = importlib.import_module(f"cross.operators.{module.name}")
            profile = cast(Profile, package.PROFILE)
            found[profile.name] = Installed(
                profile,
                cast(Connect, package.connect),
                cast(SettingsForm, getattr(package, "SETTINGS", UNKNOWN_FORM)),
            )
    return found
