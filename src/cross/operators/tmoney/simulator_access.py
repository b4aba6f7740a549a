"""The simulated TMoney's door: logins, tokens, and what is said to those without one."""

import base64
import hashlib
import hmac
import itertools
import json
from typing import Final

from cross.domain.ids import RandomBits
from cross.simulation.clients import Client, Clients
from cross.simulation.exchange import Reply, Request, json_object, json_reply
from cross.simulation.timers import Timers

TOKEN_SECONDS: Final = 3600  # ASSUMED: operators.md section 2.2: life not published
_SECRET_BITS: Final = 256
_HEADER: Final = b'{"alg":"HS256","typ":"JWT"}'


class Access:
    """Gives tokens and recognises them."""

    def __init__(self, clients: Clients, *, timers: Timers, random_bits: RandomBits) -> None:
        self._clients = clients
        self._timers = timers
        self._secret = random_bits(_SECRET_BITS).to_bytes(_SECRET_BITS // 8, "big")
        self._serials = itertools.count(1)
        self._tokens: dict[str, tuple[Client, float]] = {}

    def log_in(self, request: Request) -> Reply:
        """The answer to `POST /login`: a token that already says Bearer, as the real one's does."""
        fields = json_object(request.body)
        client = None
        if fields is not None:
            client = self._clients.with_credentials(
                nomUtilisateur=_text(fields.get("nomUtilisateur")),
                motDePasse=_text(fields.get("motDePasse")),
            )
        if client is None:
            # Source: operators.md section 2.7: on /login 4001 means bad credentials
            refused = {
                "code": "4001",
                "description": "Identifiants incorrects",
                "message": "Bad credentials",
            }
            return json_reply({"statut": refused, "status": refused, "data": {}})
        # Source: operators.md section 2.2: both objects, and the prefix inside the token
        done = {"code": "2000", "description": "Succes", "message": "Succes"}
        token = f"Bearer {self._new_token(client)}"
        return json_reply({"statut": done, "status": done, "data": {"token": token}})

    def client_of(self, authorization: str | None) -> Client | Reply:
        """Whose token this is, however often it says Bearer; or the answer to those without."""
        if not authorization:
            return NOT_SIGNED_IN
        token = _bare_token(authorization)
        known = self._tokens.get(token)
        if known is not None and self._timers.seconds() < known[1]:
            return known[0]
        return self._clients.with_credentials(static_bearer=token) or invalid_credentials()

    def expire(self) -> None:
        """Let every token given so far be worth nothing."""
        self._tokens.clear()

    def _new_token(self, client: Client) -> str:
        issued_at = int(self._timers.now().timestamp())
        claims = {
            "sub": client.name,
            "jti": str(next(self._serials)),
            "iat": issued_at,
            "exp": issued_at + TOKEN_SECONDS,
        }
        signed = f"{_base64url(_HEADER)}.{_base64url(json.dumps(claims).encode())}"
        signature = hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()
        token = f"{signed}.{_base64url(signature)}"
        self._tokens[token] = (client, self._timers.seconds() + TOKEN_SECONDS)
        return token


# Source: operators.md section 2.7, code 403
NOT_SIGNED_IN: Final = json_reply({"code": "403", "message": "Not signed in", "description": ""})


def invalid_credentials() -> Reply:
    """The fault of the WSO2 gateway for an unknown or expired token (operators.md section 2.2)."""
    reply = json_reply(
        {
            "fault": {
                "code": 900901,  # ASSUMED: the numeric code and 401 are WSO2's defaults
                "message": "Invalid Credentials",
                "description": "Invalid JWT token. Make sure you have provided the correct token",
            }
        }
    )
    reply.status = 401
    return reply


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bare_token(authorization: str) -> str:
    token = authorization.strip()
    while token[:6].lower() == "bearer":
        token = token[6:].lstrip()
    return token


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
