"""Replies: what is answered to a bank, and what a refusal is called there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cross.domain.errors import CrossError
from cross.domain.movement import Movement
from cross.partner.access import NotSignedIn, TooManyGuesses
from cross.partner.asking import TooLong, Unreadable
from cross.partner.moving import Party
from cross.partner.reading import NotTaken
from cross.partner.tokens import NoKeys
from cross.storage.store import StoreUnavailable
from cross.switch.partner_words import (
    DESCRIPTIONS,
    ECHEC,
    EN_ATTENTE,
    FAILED,
    MESSAGES,
    NOT_SIGNED_IN,
    SERVER_ERROR,
)

OK: Final = 200
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
TOO_LONG: Final = 413
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
RETRY_AFTER_SECONDS: Final = "5"

NOT_LET_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "network": "Adresse non autorisee",
        "scope": "Operation non autorisee",
        "suspended": "Partenaire suspendu",
    }
)

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in JSON; `code` is what the log calls it, `party` whose request it was.

    `credit` is a bank's, where this is the first answer about it.
    """

    content: Mapping[str, Any]
    status: int = OK
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    party: Party | None = None
    credit: Movement | None = None


class Refusal(NamedTuple):
    """Why a request was not taken, in the gateway's words; `because` is for the log."""

    status: int
    code: str
    statut: str
    description: str
    because: str

    @property
    def message(self) -> str:
        """The sentence of the code."""
        return MESSAGES[self.code]

    @property
    def headers(self) -> Mapping[str, str]:
        """When to come again, where time helps."""
        waits = self.status in (TOO_MANY, UNAVAILABLE)
        return {"retry-after": RETRY_AFTER_SECONDS} if waits else _NO_HEADERS


REFUSALS: Final = (
    NotSignedIn,
    TooManyGuesses,
    TooLong,
    Unreadable,
    NotTaken,
    NoKeys,
    CrossError,
    StoreUnavailable,
)
"""What a handler may raise; all else is a mistake of ours."""


def refusal_of(error: Exception) -> Refusal:
    """What one of `REFUSALS` is called. Only what may have been done is `EN ATTENTE`."""
    if isinstance(error, CrossError) and error.code in DESCRIPTIONS:
        return Refusal(OK, FAILED, ECHEC, DESCRIPTIONS[error.code], error.code)
    return _not_understood(error) or _not_let_in(error) or _unavailable()


def _not_let_in(error: Exception) -> Refusal | None:
    match error:
        case NotSignedIn():
            status = FORBIDDEN if error.because in ("scope", "suspended") else UNAUTHORIZED
            description = NOT_LET_IN.get(error.because, "Identifiants invalides ou expires")
            return Refusal(status, NOT_SIGNED_IN, ECHEC, description, error.because)
        case TooManyGuesses():
            return Refusal(TOO_MANY, NOT_SIGNED_IN, ECHEC, "Trop d'essais", "too_many_guesses")
        case _:
            return None


def _not_understood(error: Exception) -> Refusal | None:
    match error:
        case TooLong():
            return Refusal(TOO_LONG, SERVER_ERROR, ECHEC, "Corps trop long", "body_too_large")
        case Unreadable():
            return Refusal(OK, SERVER_ERROR, ECHEC, "Requete illisible", "unreadable")
        case NotTaken():
            return Refusal(OK, SERVER_ERROR, ECHEC, str(error), "not_taken")
        case _:
            return None


def _unavailable() -> Refusal:
    sentence = "Service momentanement indisponible"
    return Refusal(UNAVAILABLE, SERVER_ERROR, EN_ATTENTE, sentence, "unavailable")
