"""Signing in: `/mbanking/login` in the bank's words, `/oauth2/token` in those of RFC 6749."""

from collections.abc import Mapping
from typing import Any, Final

from cross.domain.partner import Partner
from cross.partner.access import NotSignedIn, TooManyGuesses, basic_pair
from cross.partner.asking import Asked, Unreadable
from cross.partner.desk import Desk
from cross.partner.replies import REFUSALS, UNAUTHORIZED, Reply, refusal_of
from cross.storage import partners as stored
from cross.switch.partner_words import IN_PROCESS, REPEATED

BAD_REQUEST: Final = 400
FORM: Final = "application/x-www-form-urlencoded"
_NO_CACHE: Final = {"pragma": "no-cache"}  # RFC 6749 section 5.1
_CHALLENGE: Final = {"www-authenticate": 'Basic realm="cross"'}  # RFC 6749 section 5.2
_WRONG: Final = "Nom d'utilisateur ou mot de passe incorrect"


class _Refused(Exception):
    """An error of RFC 6749 section 5.2."""

    def __init__(self, error: str, status: int = BAD_REQUEST) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


async def log_in(desk: Desk, asked: Asked) -> Reply:
    """A token for a user name and a password."""
    try:
        fields = asked.json_fields()
        name, password = _text(fields.get("nomutilisateur")), _text(fields.get("motdepasse"))
        partner = await stored.by_username(desk.switch.store, name)
        partner = await desk.access.with_password(partner, password, peer=asked.peer)
        token, seconds = desk.access.issue(partner)
    except (NotSignedIn, TooManyGuesses) as error:
        refusal = refusal_of(error)
        statut = _statut(REPEATED, _WRONG)
        return Reply(statut, refusal.status, refusal.headers, refusal.because)
    except REFUSALS as error:
        refusal = refusal_of(error)
        statut = _statut(refusal.code, refusal.description)
        return Reply(statut, refusal.status, refusal.headers, refusal.because)
    data = {"token": f"Bearer {token}", "expires_in": seconds}
    return Reply({**_statut(IN_PROCESS, "Succes"), "data": data})


async def give_token(desk: Desk, asked: Asked) -> Reply:
    """A token for a client, or for a user through one (RFC 6749 sections 4.3 and 4.4)."""
    try:
        fields = _form(asked)
        partner = await _granted(desk, asked, fields)
        token, seconds = desk.access.issue(partner)
    except _Refused as refused:
        challenge = _CHALLENGE if refused.status == UNAUTHORIZED else {}
        headers = {**_NO_CACHE, **challenge}
        return Reply({"error": refused.error}, refused.status, headers, refused.error)
    except REFUSALS as error:
        refusal = refusal_of(error)
        headers = {**_NO_CACHE, **refusal.headers}
        name = "temporarily_unavailable"
        return Reply({"error": name}, refusal.status, headers, refusal.because)
    content = {"access_token": token, "token_type": "Bearer", "expires_in": seconds}
    return Reply(content, headers=_NO_CACHE)


def _form(asked: Asked) -> Mapping[str, str]:
    media_type = (asked.header("content-type") or "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise _Refused("invalid_request")
    try:
        return asked.form_fields()
    except Unreadable:
        raise _Refused("invalid_request") from None


async def _granted(desk: Desk, asked: Asked, fields: Mapping[str, str]) -> Partner:
    grant = fields.get("grant_type")
    if grant is None:
        raise _Refused("invalid_request")
    if grant not in ("client_credentials", "password"):
        raise _Refused("unsupported_grant_type")
    client = await _client(desk, asked, fields)
    if grant == "client_credentials":
        if client is None:
            raise _Refused("invalid_client", UNAUTHORIZED)
        return client
    user = await _user(desk, asked, fields)
    if client is not None and client.id != user.id:
        raise _Refused("invalid_grant")
    return user


async def _client(desk: Desk, asked: Asked, fields: Mapping[str, str]) -> Partner | None:
    """The client that authenticated itself, by HTTP Basic or in the body; None where none tried."""
    authorization = asked.header("authorization")
    pair = basic_pair(authorization)
    if authorization is not None and pair is None:
        raise _Refused("invalid_client", UNAUTHORIZED)
    if pair is None and "client_id" in fields:
        pair = fields["client_id"], fields.get("client_secret", "")
    if pair is None:
        return None
    partner = await stored.by_client_id(desk.switch.store, pair[0])
    try:
        return await desk.access.with_password(partner, pair[1], peer=asked.peer, oauth=True)
    except NotSignedIn:
        raise _Refused("invalid_client", UNAUTHORIZED) from None


async def _user(desk: Desk, asked: Asked, fields: Mapping[str, str]) -> Partner:
    if "username" not in fields or "password" not in fields:
        raise _Refused("invalid_request")
    partner = await stored.by_username(desk.switch.store, fields["username"])
    try:
        return await desk.access.with_password(partner, fields["password"], peer=asked.peer)
    except NotSignedIn:
        raise _Refused("invalid_grant") from None


def _text(value: object) -> str:
    """Nobody's name, and nobody's password, where it is no text."""
    return value if isinstance(value, str) else ""


def _statut(code: str, message: str) -> dict[str, Any]:
    """Source: operators.md 2.2: one client reads `status`, the others `statut`."""
    told = {"code": code, "message": message, "description": message}
    return {"statut": told, "status": dict(told)}
