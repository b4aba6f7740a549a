"""PI-SPI: the QR code of the UEMOA's instant payments, as text that every bank's app reads.

Source: screens.md, PI-SPI QR test vector and profile; EMV QR Code Specification for Payment
Systems, Merchant-Presented Mode, for the way fields are written (tag, length, value).
"""

import re
from dataclasses import dataclass
from typing import Final

from cross.domain.money import XOF, Money

COUNTRIES: Final = frozenset({"BJ", "BF", "CI", "GW", "ML", "NE", "SN", "TG"})
REFERENCE_MAX: Final = 25
DYNAMIC: Final = "400"
STATIC: Final = "000"

_GUI: Final = "int.bceao.pi"
_ALIAS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_REFERENCE: Final = re.compile(r"[A-Za-z0-9]{1,25}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Alias:
    """What a merchant's bank or e-money issuer registered it under, and in which country."""

    alias: str
    country: str

    def __post_init__(self) -> None:
        if not _ALIAS.fullmatch(self.alias):
            raise ValueError("a PI-SPI alias is a UUID in lower case")
        if self.country not in COUNTRIES:
            raise ValueError(f"{self.country[:8]!r} is no country of the UEMOA")


def dynamic_qr(alias: Alias, money: Money, *, reference: str) -> str:
    """The text of a code for one payment; `reference` is up to 25 letters and digits."""
    if money.currency is not XOF:
        raise ValueError("PI-SPI moves XOF only")
    if not _REFERENCE.fullmatch(reference):
        raise ValueError("a PI-SPI reference is 1 to 25 letters and digits")
    return _qr(alias, amount=f"{money.amount}.00", reference=reference, channel=DYNAMIC)


def static_qr(alias: Alias, money: Money | None = None) -> str:
    """The text of a code to print: any payment, or any payment of that amount."""
    if money is not None and money.currency is not XOF:
        raise ValueError("PI-SPI moves XOF only")
    return _qr(alias, amount=None if money is None else f"{money.amount}.00", channel=STATIC)


def _qr(alias: Alias, *, amount: str | None, channel: str, reference: str | None = None) -> str:
    more = "" if reference is None else _field("05", reference)
    fields = [
        _field("00", "01"),
        _field("36", _field("00", _GUI) + _field("01", alias.alias)),
        _field("52", "0000"),
        _field("53", XOF.numeric),
        "" if amount is None else _field("54", amount),
        _field("58", alias.country),
        _field("59", "X"),
        _field("60", "X"),
        _field("62", more + _field("11", channel)),
        "6304",
    ]
    text = "".join(fields)
    return f"{text}{_crc16(text.encode('ascii')):04X}"


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"


def _crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
