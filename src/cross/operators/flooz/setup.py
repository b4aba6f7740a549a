"""What the settings of Flooz say, checked once when the connector is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from cross.connector.configured import one_of, profile_with, settings_of, url_in
from cross.connector.settings_form import SettingsForm
from cross.domain.operator import OperatorSettings, Profile


class Variant(StrEnum):
    """How the token is made (operators.md 3.3)."""

    V1 = "V1"
    V2 = "V2"
    V3 = "V3"
    V4 = "V4"


_REQUIRED: Final = ("base_url", "merchant_key", "merchant_name", "partner_msisdn")
_DEFAULTS: Final = {
    "layout": "L1",  # operators.md 3.1
    "token_variant": "V1",
    "credit_driver": "json",  # operators.md 3.7
    "username": "",
    "password": "",
    "aes_key": "",
    "static_token": "",
    "soap_url": "",
}
FORM: Final = SettingsForm(
    required=_REQUIRED,
    defaults=_DEFAULTS,
    shown=frozenset(
        ("base_url", "merchant_name", "layout", "token_variant", "credit_driver", "soap_url")
    )
    | {"username"},
)
_NEEDED_BY_VARIANT: Final[Mapping[Variant, tuple[str, ...]]] = {
    Variant.V1: ("username", "password", "aes_key"),
    Variant.V2: ("username", "password", "aes_key"),
    Variant.V3: ("username", "password"),
    Variant.V4: ("static_token",),
}
_NEEDED_BY_DRIVER: Final[Mapping[str, tuple[str, ...]]] = {
    "json": (),
    "soap": ("soap_url", "username", "password", "aes_key"),
}
_KEY_BYTES: Final = 32  # operators.md 3.3
_PARTNER: Final = re.compile(r"228[0-9]{8}", re.ASCII)  # operators.md 3.4


class Layout(NamedTuple):
    """The paths of one of the three ways in which the service is laid out."""

    debit: str
    verify: str


# Source: operators.md 3.1.
LAYOUTS: Final[Mapping[str, Layout]] = {
    "L1": Layout("/payment/HttpService/json/cv/debit", "/payment/HttpService/json/cv/Verify"),
    "L2": Layout("/Flooz/DebitService/Debit", "/Flooz/DebitService/Verify"),
    "L3": Layout("/floozdebitapi/flooz/debitService", "/floozdebitapi/flooz/verify"),
}
# ASSUMED: operators.md 3.7: no credit is published; the same path whatever the layout
CREDIT_PATH: Final = "/payment/HttpService/json/cv/credit"
TOKEN_PATH: Final = "/token"  # operators.md 3.1, layout L2  # noqa: S105


class Merchant(NamedTuple):
    """Who asks: what Moov issued to whoever runs Cross."""

    key: str
    name: str
    partner_msisdn: str


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """Addresses and credentials; never printed."""

    profile: Profile
    merchant: Merchant
    debit_url: str
    verify_url: str
    credit_url: str
    token_url: str
    variant: Variant
    username: str
    password: str
    aes_key: bytes
    static_token: str
    soap_url: str | None


def setup_from(profile: Profile, settings: OperatorSettings) -> Setup:
    """The settings, or `ValueError` naming one that is missing, malformed or not known."""
    name = profile.name
    known = settings_of(name, settings, required=_REQUIRED, defaults=_DEFAULTS)
    layout = LAYOUTS[one_of(name, known, "layout", LAYOUTS)]
    variant = Variant(one_of(name, known, "token_variant", _NEEDED_BY_VARIANT))
    driver = one_of(name, known, "credit_driver", _NEEDED_BY_DRIVER)
    needed = _NEEDED_BY_VARIANT[variant] + _NEEDED_BY_DRIVER[driver]
    settings_of(name, settings, required=needed, defaults=known)
    _check_credentials(name, known)
    base = url_in(name, known, "base_url")
    soap = driver == "soap"
    return Setup(
        profile=_profile(profile, settings, is_soap=soap),
        merchant=Merchant(known["merchant_key"], known["merchant_name"], known["partner_msisdn"]),
        debit_url=base + layout.debit,
        verify_url=base + layout.verify,
        credit_url=base + CREDIT_PATH,
        token_url=base + TOKEN_PATH,
        variant=variant,
        username=known["username"],
        password=known["password"],
        aes_key=_aes_key(name, known["aes_key"]) if "aes_key" in needed else b"",
        static_token=known["static_token"],
        soap_url=url_in(name, known, "soap_url", with_query=True) if soap else None,
    )


def _profile(profile: Profile, settings: OperatorSettings, *, is_soap: bool) -> Profile:
    """With SOAP a credit is never sent again: no code for a repeated reference is known (3.8)."""
    timed = profile_with(profile, settings)
    return replace(timed, refuses_repeated_reference=False) if is_soap else timed


def _check_credentials(operator: str, known: Mapping[str, str]) -> None:
    if not _PARTNER.fullmatch(known["partner_msisdn"]):
        raise ValueError(f"{operator}: the setting 'partner_msisdn' is not 228 and eight digits")
    if ":" in known["username"]:
        raise ValueError(f"{operator}: the setting 'username' has a colon, which ends it (3.3)")
    token = known["static_token"]
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"{operator}: the setting 'static_token' does not fit a header")


def _aes_key(operator: str, text: str) -> bytes:
    """The key from its 32 ASCII characters or from their 64 hexadecimal digits (3.3)."""
    if text.isascii() and len(text) == _KEY_BYTES:
        return text.encode()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * _KEY_BYTES else b""
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(
            f"{operator}: the setting 'aes_key' is not 32 ASCII characters or their 64 hex digits"
        )
    return key
