"""Assertions: the token of an API manager in front of us, in `X-JWT-Assertion`.

Believed only where a JWKS is configured, for asymmetric algorithms of a short list: a public key is
never an HMAC secret, and no header of the token leads to a key (`jku`, `jwk`, `x5u` are not read).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import jwt

from cross.clock import Clock
from cross.gateway_settings import MbankingSettings

_KEY_TYPES: Final = ("RSA", "EC")  # RFC 7518 section 6.1: no `oct`
_LEEWAY_SECONDS: Final = 60  # ASSUMED: how far a manager's clock may be off
_OPTIONS: Final[Any] = {
    "require": ["iss", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class _Key(NamedTuple):
    kid: str | None
    key: Any


class Assertions:
    """Verifies a manager's tokens; raises `ValueError` where its keys cannot be read."""

    def __init__(self, settings: MbankingSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = _keys_of(settings)

    def name_in(self, text: str) -> str | None:
        """The user name or client id that a token vouches for; None where it is not believed."""
        settings = self._settings
        key = self._key_for(text)
        if key is None:
            return None
        options: Any = {**_OPTIONS, "verify_aud": bool(settings.assertion_audience)}
        try:
            claims = jwt.decode(
                text,
                key,
                algorithms=list(settings.assertion_algorithms),
                audience=settings.assertion_audience or None,
                issuer=settings.assertion_issuer,
                options=options,
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        name = claims.get(settings.assertion_claim)
        return name if isinstance(name, str) and self._is_in_time(claims) else None

    def _is_in_time(self, claims: Mapping[str, Any]) -> bool:
        now_seconds = self._clock().timestamp()
        expires, not_before = claims["exp"], claims.get("nbf", 0)
        if not all(type(when) in (int, float) for when in (expires, not_before)):
            return False
        starts = not_before - _LEEWAY_SECONDS <= now_seconds
        return bool(starts and now_seconds < expires + _LEEWAY_SECONDS)

    def _key_for(self, text: str) -> Any:  # noqa: ANN401  as PyJWT takes it
        """The configured key of that name; the only one, for a token that names none."""
        try:
            kid = jwt.get_unverified_header(text).get("kid")
        except jwt.PyJWTError:
            return None
        if kid is None:
            return self._keys[0].key if len(self._keys) == 1 else None
        return next((known.key for known in self._keys if known.kid == kid), None)


def _keys_of(settings: MbankingSettings) -> Sequence[_Key]:
    text = settings.jwks
    if settings.jwks_file is not None:
        try:
            text = settings.jwks_file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"mbanking.jwks_file: {settings.jwks_file} ({error})") from None
    if not text:
        return ()
    if not settings.assertion_issuer:
        raise ValueError("mbanking.assertion_issuer: without it anybody's token would do")
    try:
        listed = [one for one in json.loads(text)["keys"] if one.get("kty") in _KEY_TYPES]
        algorithm = settings.assertion_algorithms[0]
        return [_Key(one.get("kid"), jwt.PyJWK(one, algorithm=algorithm).key) for one in listed]
    except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise ValueError(f"mbanking: the JWKS cannot be read ({type(error).__name__})") from None
