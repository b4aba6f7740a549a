"""What the settings of TMoney Online say, checked once when the connector is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeAlias

from cross.connector.configured import profile_with, settings_of, url_in
from cross.connector.settings_form import SettingsForm
from cross.domain.operator import OperatorSettings, Profile

Network: TypeAlias = IPv4Network | IPv6Network

SESSION_SECONDS: Final = 180  # Source: operators.md 1.1
PAGES_MAX: Final = 5  # the form, three PINs, one OTP: operators.md 1.3
PAGE_PATH: Final = "/online/online.php"  # Source: operators.md 1.1, 1.2

BRAND_LENGTH_MAX: Final = 150  # Source: operators.md 1.2
_REQUIRED: Final = ("base_url", "merchantid", "brand", "purchaseref_secret", "allowed_networks")
_DEFAULTS: Final = {"session_seconds": str(SESSION_SECONDS)}
FORM: Final = SettingsForm(
    required=_REQUIRED,
    defaults=_DEFAULTS,
    shown=frozenset((*_DEFAULTS, "base_url", "merchantid", "brand", "allowed_networks")),
)
_MERCHANT: Final = re.compile(r"[0-9]{16}", re.ASCII)  # Source: operators.md 1.1
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_SECRET_LENGTH_MIN: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """Addresses and credentials; never printed."""

    profile: Profile
    page_url: str
    merchantid: str
    brand: str
    purchaseref_secret: bytes
    allowed_networks: tuple[Network, ...]
    session_seconds: int


def setup_from(profile: Profile, settings: OperatorSettings) -> Setup:
    """The settings, or `ValueError` naming one that is missing, malformed or not known."""
    name = profile.name
    known = settings_of(name, settings, required=_REQUIRED, defaults=_DEFAULTS)
    if not _MERCHANT.fullmatch(known["merchantid"]):
        raise ValueError(f"{name}: the setting 'merchantid' is not sixteen digits")
    if len(known["brand"]) > BRAND_LENGTH_MAX or not known["brand"].isprintable():
        raise ValueError(f"{name}: the setting 'brand' does not fit its field of the order form")
    if len(known["purchaseref_secret"]) < _SECRET_LENGTH_MIN:
        raise ValueError(
            f"{name}: the setting 'purchaseref_secret' has under {_SECRET_LENGTH_MIN} characters"
        )
    session_seconds = _session_seconds(name, known)
    patient = replace(profile, prompt_seconds=PAGES_MAX * session_seconds)
    return Setup(
        profile=profile_with(patient, settings),
        page_url=url_in(name, known, "base_url") + PAGE_PATH,
        merchantid=known["merchantid"],
        brand=known["brand"],
        purchaseref_secret=known["purchaseref_secret"].encode(),
        allowed_networks=_networks(name, known),
        session_seconds=session_seconds,
    )


def _session_seconds(operator: str, known: Mapping[str, str]) -> int:
    if not _SECONDS.fullmatch(known["session_seconds"]):
        raise ValueError(f"{operator}: the setting 'session_seconds' is not a number of seconds")
    return int(known["session_seconds"])


def _networks(operator: str, known: Mapping[str, str]) -> tuple[Network, ...]:
    """Where notifications may come from: `192.0.2.0/28, 2001:db8::7`."""
    try:
        return tuple(ip_network(one.strip()) for one in known["allowed_networks"].split(","))
    except ValueError:
        raise ValueError(
            f"{operator}: the setting 'allowed_networks' is not a list of networks with commas"
        ) from None
