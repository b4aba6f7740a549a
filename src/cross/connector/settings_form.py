"""What an operator's settings are: for the wizard that asks them, and for whoever shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cross.connector.configured import PROFILE_SETTINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """The settings of an operator. `shown`: which may be printed; every other one is a secret.

    So a setting that somebody forgot to list is masked, and not told.
    """

    required: tuple[str, ...] = ()
    defaults: Mapping[str, str]
    shown: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Every setting there is, those that are needed first."""
        return (*self.required, *self.defaults, *PROFILE_SETTINGS)

    def is_secret(self, name: str) -> bool:
        """Whether its value is never printed."""
        return name not in self.shown and name not in PROFILE_SETTINGS

    def spelt(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings as the operator spells them: the environment knows no capital letters."""
        known = {name.lower(): name for name in self.names}
        return {known.get(name.lower(), name): value for name, value in settings.items()}


UNKNOWN_FORM: Final = SettingsForm(defaults={})
"""Of an operator that does not say: nothing of it may be printed."""
