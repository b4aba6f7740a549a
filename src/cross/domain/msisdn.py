"""Phone numbers: what names a wallet. Read as people write them, kept as E.164, shown masked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cross.domain.errors import InvalidMsisdn

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)  # ITU-T E.164: at most 15 digits
_SEPARATORS: Final = str.maketrans("", "", " .-()\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Country:
    """A country's numbering plan: `mobile` matches a national number of a mobile phone."""

    code: str
    calling_code: str
    mobile: re.Pattern[str]


# Source: libphonenumber 9.0.43; 94 and 95 come from a Togolese checker and are taken as well.
TOGO: Final = Country("TG", "228", re.compile(r"(?:7[0-389]|9[0-9])[0-9]{6}", re.ASCII))
DJIBOUTI: Final = Country("DJ", "253", re.compile(r"77[0-9]{6}", re.ASCII))

COUNTRIES: Final[Mapping[str, Country]] = MappingProxyType({"TG": TOGO, "DJ": DJIBOUTI})


@dataclass(frozen=True, slots=True, repr=False)
class Msisdn:
    """The phone number that names a wallet. Prints masked; operators get `.e164`."""

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise ValueError("not an E.164 phone number")  # never echo the number: it gets logged

    def __str__(self) -> str:
        return f"{self.e164[:4]}••••{self.e164[-2:]}"

    __repr__ = __str__

    @property
    def digits(self) -> str:
        """Country code and national number without the plus sign, as most operators want it."""
        return self.e164[1:]

    @property
    def country(self) -> Country | None:
        """The country whose plan has this mobile number, or None."""
        for country in COUNTRIES.values():
            national = self.national_in(country)
            if national is not None and country.mobile.fullmatch(national):
                return country
        return None

    def national_in(self, country: Country) -> str | None:
        """The national number, or None when the number is of another country."""
        prefix = f"+{country.calling_code}"
        return self.e164[len(prefix) :] if self.e164.startswith(prefix) else None


def read_msisdn(text: str, *, country: Country | None, param: str = "msisdn") -> Msisdn:
    """The wallet that a person meant: `90 12 34 56`, `+228 90123456`, `0022890123456`.

    `country` completes a national number and is the only one accepted when it is given. Raises
    `InvalidMsisdn` naming `param`.
    """
    bare = text.strip().translate(_SEPARATORS)
    candidates = COUNTRIES.values() if country is None else (country,)
    for candidate in candidates:
        if national := _national(bare, candidate):
            return Msisdn(f"+{candidate.calling_code}{national}")
    raise InvalidMsisdn(param=param)


def _national(bare: str, country: Country) -> str | None:
    for lead in (f"+{country.calling_code}", f"00{country.calling_code}", country.calling_code, ""):
        if bare.startswith(lead) and country.mobile.fullmatch(bare[len(lead) :]):
            return bare[len(lead) :]
    return None
