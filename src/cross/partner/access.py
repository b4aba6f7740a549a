"""Who is let in: by password, by a token of ours, or by an API manager's word (api.md section 6).

A password is verified slowly on purpose, and version 1 sends it with each request: so a success is
remembered for a while, under a keyed hash that only this process can make. The partner's row is
read each time, so that a new password, a disabling and a change of networks hold at once.
"""

import asyncio
import base64
import binascii
import hmac
import re
from typing import Final

import structlog

from cross.clock import monotonic_seconds
from cross.domain.partner import PASSWORD_CHARACTERS_MAX, Partner
from cross.gateway_settings import MbankingSettings
from cross.partner import tokens
from cross.partner.asking import Asked
from cross.partner.assertions import Assertions
from cross.storage import partners as stored
from cross.switch.limits import SourceLimit, source_of
from cross.switch.peers import is_in
from cross.switch.switch import Switch

REMEMBERED_SECONDS: Final = 300
REMEMBERED_MAX: Final = 4096
GUESSES_APART_SECONDS: Final = 2.0
"""Of one partner's password, from all places where it was never right; five at once."""
TRIES_APART_SECONDS: Final = 0.5
"""From one source, for whatever partner; twenty at once after a rest."""

_KEY_BITS: Final = 256
_BEARERS: Final = re.compile(r"\A(?:bearer +)*", re.ASCII | re.IGNORECASE)
_BASIC: Final = re.compile(r"basic +([A-Za-z0-9+/=]{1,1024})", re.ASCII | re.IGNORECASE)
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""No password has this hash: verified for a name that nobody has, so that both take as long."""

log = structlog.get_logger("cross.partner")


class NotSignedIn(Exception):
    """Nobody that may be let in; `because` is for the log, and not for the caller."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class TooManyGuesses(Exception):
    """So many passwords were tried that the next is not looked at."""


class Access:
    """Lets partners in, one a process: it remembers who was right a moment ago."""

    def __init__(self, switch: Switch, settings: MbankingSettings) -> None:
        self._switch = switch
        self._settings = settings
        self._assertions = Assertions(settings, switch.clock)
        self._key = switch.random_bits(_KEY_BITS).to_bytes(_KEY_BITS // 8, "big")
        self._right_until: dict[bytes, float] = {}
        self._looking: dict[bytes, asyncio.Future[bool]] = {}
        self._guesses = SourceLimit(apart_seconds=GUESSES_APART_SECONDS)
        self._tries = SourceLimit(apart_seconds=TRIES_APART_SECONDS)
        self._right_from: dict[tuple[str, str], None] = {}

    async def with_password(
        self, partner: Partner | None, password: str, *, peer: str, oauth: bool = False
    ) -> Partner:
        """The partner, if that is its password; raises `NotSignedIn`, `TooManyGuesses`."""
        if partner is not None:
            self._require_network(partner, peer)
        if len(password) > PASSWORD_CHARACTERS_MAX:
            raise NotSignedIn("password")
        known = partner if partner is not None and partner.is_active else None
        right_hash = _NOBODY if known is None else _hash_of(known, oauth=oauth)
        subject = "nobody" if known is None else known.id
        is_right = await self._is_right(subject, password, right_hash, peer)
        if known is None or not is_right:
            raise NotSignedIn("password")
        return known

    async def with_header(self, asked: Asked) -> Partner:
        """Whose token came; raises `NotSignedIn`."""
        assertion = asked.header("x-jwt-assertion")
        if assertion is not None:
            return await self._asserted(assertion, asked.peer)
        token = tokens.read(self._switch, bare_token(asked.header("authorization") or ""))
        if token is None:
            raise NotSignedIn("token")
        partner = await stored.by_id(self._switch.store, token.partner)
        if partner is None or partner.generation != token.generation:
            raise NotSignedIn("token")
        return self._let_in(partner, asked.peer)

    def issue(self, partner: Partner) -> tuple[str, int]:
        """A token and for how many seconds it is good; raises `NoKeys`."""
        seconds = self._settings.token_seconds
        return tokens.issue(self._switch, partner, seconds=seconds), seconds

    async def _asserted(self, assertion: str, peer: str) -> Partner:
        name = self._assertions.name_in(assertion)
        if name is None:
            raise NotSignedIn("assertion")
        store = self._switch.store
        partner = await stored.by_username(store, name) or await stored.by_client_id(store, name)
        if partner is None:
            raise NotSignedIn("assertion")
        return self._let_in(partner, peer)

    def _let_in(self, partner: Partner, peer: str) -> Partner:
        if not partner.is_active:
            raise NotSignedIn("disabled")
        self._require_network(partner, peer)
        return partner

    def _require_network(self, partner: Partner, peer: str) -> None:
        if partner.networks and not is_in(partner.networks, peer):
            log.warning("partner_refused", partner=partner.id, because="network", peer=peer)
            raise NotSignedIn("network")

    async def _is_right(self, subject: str, password: str, right_hash: str, peer: str) -> bool:
        said = "\0".join((subject, right_hash, password)).encode("utf-8", "surrogatepass")
        mark = hmac.digest(self._key, said, "sha256")
        if self._right_until.get(mark, 0) > monotonic_seconds():
            return True
        looking = self._looking.get(mark)
        if looking is not None:
            return await asyncio.shield(looking)
        source = source_of(peer)
        if not (
            self._tries.allows(source) and self._guesses.allows(self._counted(subject, source))
        ):
            log.warning("partner_guesses", partner=subject, peer=peer)
            raise TooManyGuesses
        work = asyncio.ensure_future(self._switch.passwords.is_right(password, right_hash))
        self._looking[mark] = work
        work.add_done_callback(lambda _: self._looking.pop(mark, None))
        is_right = await asyncio.shield(work)
        if is_right:
            self._remember(mark)
            self._note_right_from(subject, source)
        else:
            log.warning("partner_refused", partner=subject, because="password", peer=peer)
        return is_right

    def _counted(self, subject: str, source: str) -> str:
        """Whose guesses these count among.

        Where a partner was right before, its tries are its own: strangers who use up what everybody
        together may guess of it do not lock it out.
        """
        known = (subject, source) in self._right_from
        return f"{subject} from {source}" if known else subject

    def _note_right_from(self, subject: str, source: str) -> None:
        self._right_from.pop((subject, source), None)
        while len(self._right_from) >= REMEMBERED_MAX:
            del self._right_from[next(iter(self._right_from))]
        self._right_from[subject, source] = None

    def _remember(self, mark: bytes) -> None:
        while len(self._right_until) >= REMEMBERED_MAX:
            del self._right_until[next(iter(self._right_until))]
        self._right_until[mark] = monotonic_seconds() + REMEMBERED_SECONDS


def bare_token(authorization: str) -> str:
    """What is left of `Bearer x`, `x`, and `Bearer Bearer  x` (operators.md 2.2)."""
    return _BEARERS.sub("", authorization.strip(), count=1)


def basic_pair(authorization: str | None) -> tuple[str, str] | None:
    """The name and the secret of HTTP Basic; None for anything else."""
    found = _BASIC.fullmatch((authorization or "").strip())
    if found is None:
        return None
    try:
        name, colon, secret = base64.b64decode(found[1], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, secret) if colon else None


def _hash_of(partner: Partner, *, oauth: bool) -> str:
    return (oauth and partner.client_secret_hash) or partner.password_hash
