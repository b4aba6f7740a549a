"""Tokens: the JWT that the gateway's contract demands, and that only we read (decision 22).

HS256 and nothing else, under keys derived from the master keys. Nothing in a token's header chooses
a key or an algorithm. Times are compared with the switch's clock.
"""

from typing import Any, Final, NamedTuple

import jwt

from cross.domain.partner import Partner
from cross.switch.switch import Switch

ALGORITHM: Final = "HS256"
AUDIENCE: Final = "mbanking"
PURPOSE: Final = "cross partner gateway tokens"
_REQUIRED: Final = ["iss", "aud", "sub", "exp", "iat", "gen"]
# Times are ours to compare: PyJWT would take the machine's clock.
_OPTIONS: Final[Any] = {
    "require": _REQUIRED,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class Token(NamedTuple):
    """Whom a token names, and which generation of that partner's tokens it is of."""

    partner: str
    generation: int


class NoKeys(Exception):
    """No token can be issued: this installation has no master key."""


def issuer(switch: Switch) -> str:
    """Whose tokens these are."""
    return f"{switch.settings.public_url}/mbanking"


def issue(switch: Switch, partner: Partner, *, seconds: int) -> str:
    """A token for so long; raises `NoKeys`."""
    keys = switch.seals.derived(PURPOSE)
    if not keys:
        raise NoKeys
    now = int(switch.clock().timestamp())
    claims = {
        "iss": issuer(switch),
        "aud": AUDIENCE,
        "sub": partner.id,
        "iat": now,
        "exp": now + seconds,
        "jti": f"{switch.random_bits(96):024x}",
        "gen": partner.generation,
    }
    return jwt.encode(claims, keys[0], algorithm=ALGORITHM)


def read(switch: Switch, text: str) -> Token | None:
    """Whom a token of ours names; None for anything else, and for one whose time is over."""
    for key in switch.seals.derived(PURPOSE):
        try:
            claims = jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=issuer(switch),
                options=_OPTIONS,
            )
        except jwt.PyJWTError:
            continue
        return _token(claims, now_seconds=int(switch.clock().timestamp()))
    return None


def _token(claims: dict[str, Any], *, now_seconds: int) -> Token | None:
    expires, subject, generation = claims["exp"], claims["sub"], claims["gen"]
    if not (type(expires) is int and type(generation) is int and isinstance(subject, str)):
        return None
    return Token(subject, generation) if now_seconds < expires else None
