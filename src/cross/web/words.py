"""Languages of the payer's pages: words, amounts, phone numbers and dates as each writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from cross.domain.money import Currency, Money
from cross.domain.msisdn import Msisdn
from cross.web import arabic, english, french

NO_BREAK: Final = "\u00a0"
MASK: Final = "••"
_WESTERN: Final = {
    **{ord(digit): str(place % 10) for place, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")},
    **dict.fromkeys(map(ord, " \u00a0\u202f")),
}

# Source: the IANA time zone database: Africa/Lome and Africa/Djibouti, without summer time.
HOURS_FROM_UTC: Final[Mapping[str, int]] = MappingProxyType({"TG": 0, "DJ": 3})
COUNTRY_OF_CURRENCY: Final[Mapping[str, str]] = MappingProxyType({"XOF": "TG", "DJF": "DJ"})


@dataclass(frozen=True, slots=True)
class Language:
    """A language; `mark` is how its link looks, `thousands` what stands between three digits."""

    code: str
    name: str
    mark: str
    direction: str
    thousands: str
    words: Mapping[str, str]

    def say(self, key: str, **values: object) -> Markup:
        """The words of a key; values are escaped, our words are not."""
        return Markup(self.words[key]).format(**values)  # noqa: S704  our own words

    def plain(self, key: str, **values: object) -> str:
        """The same where no markup can stand: a title, a message."""
        return self.words[key].format(**values)

    def amount(self, money: Money) -> str:
        """`12 500 F CFA`: our own pattern, for CLDR's differs by language (screens.md)."""
        return f"{self.figure(money.amount)}{NO_BREAK}{symbol_of(money.currency)}"

    def figure(self, amount: int) -> str:
        """The digits alone, in groups of three."""
        return f"{amount:,}".replace(",", self.thousands)

    def moment(self, at: datetime, *, country: str) -> str:
        """A date and time as clocks there show it."""
        local = at + timedelta(hours=HOURS_FROM_UTC[country])
        month = self.words["months"].split(" ")[local.month - 1]
        return self.words["date"].format(
            day=local.day, month=month, year=local.year, time=f"{local:%H:%M}"
        )


_FRENCH_WORDS: Final = MappingProxyType(
    {key: re.sub(" (?=[?:;!])", NO_BREAK, words) for key, words in french.WORDS.items()}
)
"""French puts a space before these, at which no line may end."""

FRENCH: Final = Language("fr", "Français", "FR", "ltr", NO_BREAK, _FRENCH_WORDS)
ENGLISH: Final = Language("en", "English", "EN", "ltr", ",", english.WORDS)
ARABIC: Final = Language("ar", "العربية", "ع", "rtl", ",", arabic.WORDS)

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {language.code: language for language in (FRENCH, ENGLISH, ARABIC)}
)


def symbol_of(currency: Currency) -> str:
    """`F CFA` in one piece."""
    return currency.symbol.replace(" ", NO_BREAK)


def isolated(text: str) -> Markup:
    """A number or an amount that reads from left to right within any sentence."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def brand(title: str) -> str:
    """`TMoney` of `TMoney (Mixx by Yas)`: both are shown where the payer chooses."""
    return title.partition(" (")[0]


def masked(msisdn: Msisdn) -> str:
    """`90 •• •• 56`: enough to recognise one's own number, too little to learn another's."""
    pairs = pairs_of(msisdn)
    return NO_BREAK.join([pairs[0], *(MASK for _ in pairs[1:-1]), pairs[-1]])


def spelled(msisdn: Msisdn) -> str:
    """`90 11 22 56`: in pairs, as people say it."""
    return NO_BREAK.join(pairs_of(msisdn))


def pairs_of(msisdn: Msisdn) -> list[str]:
    """The national number by twos."""
    country = msisdn.country
    national = msisdn.digits if country is None else msisdn.national_in(country) or msisdn.digits
    return [national[place : place + 2] for place in range(0, len(national), 2)]


def western(text: str) -> str:
    """Figures as everybody's, without what people put between them: `١٢ ٥٠٠` is `12500`."""
    return text.translate(_WESTERN)
