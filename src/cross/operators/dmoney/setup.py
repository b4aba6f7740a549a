"""What the settings of D-Money say, checked once when the connector is made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from cross.connector.configured import one_of, profile_with, settings_of, url_in
from cross.connector.settings_form import SettingsForm
from cross.domain.operator import OperatorSettings, Profile
from cross.operators.dmoney.signing import (
    SALT_BYTES,
    is_ambiguous,
    read_private_key,
    read_public_key,
)

_REQUIRED: Final = (
    "base_url",
    "app_key",
    "app_secret",
    "appid",
    "merch_code",
    "private_key",
    "gateway_public_key",
    "notify_url",
)
_DEFAULTS: Final = {
    "query_base_url": "",  # operators.md 5.1: in production a host of its own
    "web_url": "",
    "business_type": "OnlineMerchant",  # operators.md 7, row 21
    "refund_amount_field": "refund_amount",  # operators.md 5.8
    "gateway_public_key_next": "",  # accepted beside the other while the gateway changes its own
    "gateway_salt": "32",
    "payout_dialect": "",
}
FORM: Final = SettingsForm(
    required=_REQUIRED,
    defaults=_DEFAULTS,
    shown=frozenset({*_DEFAULTS, "base_url", "appid", "merch_code", "gateway_public_key"}),
)
_GATEWAY_KEYS: Final = ("gateway_public_key", "gateway_public_key_next")
_SALTS: Final[Mapping[str, int | None]] = {"32": SALT_BYTES, "any": None}
_AMOUNT_FIELDS: Final = ("refund_amount", "actual_amount")  # operators.md 5.8
_PAYOUT_DIALECTS: Final = ("", "simulator")
_URL_LENGTH_MAX: Final = 512  # operators.md 5.4: notify_url
_PATTERNS: Final = {
    "appid": re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII),  # operators.md 5.4
    "merch_code": re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII),  # operators.md 5.4
    "business_type": re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII),  # operators.md 5.4
    "app_key": re.compile(r"[!-~]{1,256}", re.ASCII),  # it goes into a header
}


class Merchant(NamedTuple):
    """Who asks, as D-Money knows whoever runs Cross."""

    appid: str
    merch_code: str
    business_type: str
    notify_url: str


class Keys(NamedTuple):
    """Ours, to sign with; the gateway's one or two (F-O21), and the salt that it is held to."""

    ours: RSAPrivateKey
    gateway: tuple[RSAPublicKey, ...]
    salt_bytes: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """Addresses, credentials and keys; never printed."""

    profile: Profile
    merchant: Merchant
    keys: Keys
    app_key: str
    app_secret: str
    base_url: str
    query_base_url: str
    web_url: str
    refund_amount_field: str


def setup_from(profile: Profile, settings: OperatorSettings) -> Setup:
    """The settings, or `ValueError` naming one that is missing, malformed or not known."""
    name = profile.name
    known = settings_of(name, settings, required=_REQUIRED, defaults=_DEFAULTS)
    known = {**known, **_hosts(known)}
    for setting, pattern in _PATTERNS.items():
        if not pattern.fullmatch(known[setting]):
            raise ValueError(f"{name}: the setting {setting!r} is not what D-Money issues")
    dialect = one_of(name, known, "payout_dialect", _PAYOUT_DIALECTS)
    return Setup(
        profile=replace(profile_with(profile, settings), pay_out=bool(dialect)),
        merchant=Merchant(
            known["appid"], known["merch_code"], known["business_type"], _notify_url(name, known)
        ),
        keys=_keys(name, known),
        app_key=known["app_key"],
        app_secret=known["app_secret"],
        base_url=url_in(name, known, "base_url"),
        query_base_url=url_in(name, known, "query_base_url"),
        web_url=url_in(name, known, "web_url"),
        refund_amount_field=one_of(name, known, "refund_amount_field", _AMOUNT_FIELDS),
    )


def _hosts(known: Mapping[str, str]) -> dict[str, str]:
    """The hosts that were not named are the one that was."""
    return {name: known[name] or known["base_url"] for name in ("query_base_url", "web_url")}


def _notify_url(operator: str, known: Mapping[str, str]) -> str:
    """Where D-Money calls back; it is signed, so nothing in it may look like another field."""
    url = url_in(operator, known, "notify_url", with_query=True)
    if is_ambiguous(url) or len(url) > _URL_LENGTH_MAX:
        raise ValueError(f"{operator}: the setting 'notify_url' has a & or =, or is too long")
    return url


def _keys(operator: str, known: Mapping[str, str]) -> Keys:
    salt = _SALTS[one_of(operator, known, "gateway_salt", _SALTS)]
    try:
        ours = read_private_key(known["private_key"])
    except ValueError as refused:
        raise ValueError(f"{operator}: the setting 'private_key': {refused}") from None
    names = [name for name in _GATEWAY_KEYS if known[name]]
    return Keys(ours, tuple(_public_key(operator, known, name) for name in names), salt)


def _public_key(operator: str, known: Mapping[str, str], name: str) -> RSAPublicKey:
    try:
        return read_public_key(known[name])
    except ValueError as refused:
        raise ValueError(f"{operator}: the setting {name!r}: {refused}") from None
