"""Who is let in by a token: ours, an API manager's, and nobody's forgery."""

import asyncio
import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cross.partner import tokens
from cross.switch import partners
from tests.partner.bank import USERNAME, Bank, open_bank

CHECK: Final = "/mbanking/v2/check-transaction"
ISSUER: Final = "https://apim.example"
MANAGER: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
JWK: Final = {
    **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(MANAGER.public_key())),
    "kid": "apim",
    "alg": "RS256",
}
Promise = Callable[[Bank], Awaitable[None]]


def _with_bank(folder: Path, promise: Promise, **settings: Any) -> None:
    async def kept() -> None:
        async with open_bank(folder, **settings) as bank:
            await promise(bank)

    asyncio.run(kept())


async def _is_let_in(bank: Bank, **headers: Any) -> bool:
    status, told = await bank.send("GET", f"{CHECK}?idRequete=R-1", **headers)
    assert (status == 200) is ("code" not in told), told
    assert status in (200, 401)
    return status == 200


def _claims(bank: Bank, **changed: Any) -> dict[str, Any]:
    switch = bank.world.switch
    now = int(switch.clock().timestamp())
    own = {"iss": tokens.issuer(switch), "aud": tokens.AUDIENCE, "sub": bank.partner.id}
    claims = {**own, "iat": now, "exp": now + 60, "gen": bank.partner.generation, **changed}
    return {name: value for name, value in claims.items() if value is not None}


def _unsigned(claims: dict[str, Any], algorithm: str = "none", **header: str) -> str:
    head = {"alg": algorithm, "typ": "JWT", **header}
    return ".".join([*(_text(json.dumps(part).encode()) for part in (head, claims)), ""])


def _signed_by_hand(claims: dict[str, Any], key: bytes, algorithm: str, digest: str) -> str:
    """What PyJWT would not make."""
    told = _unsigned(claims, algorithm, kid="apim")
    return told + _text(hmac.digest(key, told[:-1].encode(), digest))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_is_taken_however_old_clients_spell_it(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        raw = bank.token.removeprefix("Bearer ")
        for spelt in (
            raw,
            f"Bearer {raw}",
            f"Bearer  {raw}",
            f"Bearer Bearer {raw}",
            f"bearer {raw}",
        ):
            assert await _is_let_in(bank, authorization=spelt), spelt

    _with_bank(tmp_path, promise)


def test_no_forged_token_is_taken(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        switch = bank.world.switch
        (key,) = switch.seals.derived(tokens.PURPOSE)
        public = MANAGER.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        now = int(switch.clock().timestamp())
        assert await _is_let_in(bank, authorization=jwt.encode(_claims(bank), key))
        forged = [
            _unsigned(_claims(bank)),
            jwt.encode(_claims(bank), b"k" * 32),
            _signed_by_hand(_claims(bank), key, "HS512", "sha512"),
            _signed_by_hand(_claims(bank), public, "HS256", "sha256"),
            jwt.encode(_claims(bank), MANAGER, algorithm="RS256"),
            jwt.encode(_claims(bank), b"k" * 32, headers={"kid": "../../dev/null"}),
            _signed_by_hand(_claims(bank), b"", "HS256", "sha256"),
            jwt.encode(_claims(bank), MANAGER, algorithm="RS256", headers={"jwk": JWK}),
            *(jwt.encode(_claims(bank, **{name: "other"}), key) for name in ("iss", "aud", "sub")),
            jwt.encode(_claims(bank, exp=now - 1), key),
            jwt.encode(_claims(bank, exp="never"), key),
            jwt.encode(_claims(bank, gen=bank.partner.generation + 1), key),
            *(jwt.encode(_claims(bank, **{name: None}), key) for name in ("exp", "aud", "gen")),
            "",
        ]
        for token in forged:
            assert not await _is_let_in(bank, authorization=f"Bearer {token}"), token

    _with_bank(tmp_path, promise)


@pytest.mark.parametrize("name", ["authorization", "x_jwt_assertion"])
def test_a_token_that_no_reader_gets_to_the_end_of_is_none(tmp_path: Path, name: str) -> None:
    """Its header is read before any signature is: nests, numbers and floods in it break nothing."""

    async def promise(bank: Bank) -> None:
        for head in ("[" * 20_000, '{"alg":"HS256","a":' + "[" * 20_000, '{"a":' + "9" * 9_000):
            token = f"{_text(head.encode())}.e30.AAAA"
            assert not await _is_let_in(bank, **{name: token})

    _with_bank(tmp_path, promise, jwks=json.dumps({"keys": [JWK]}), assertion_issuer=ISSUER)


@pytest.mark.parametrize("act", ["disable", "set_password"])
def test_a_token_ends_with_what_it_was_given_for(tmp_path: Path, act: str) -> None:
    async def promise(bank: Bank) -> None:
        assert await _is_let_in(bank, authorization=bank.token)
        switch, found = bank.world.switch, await partners.find(bank.world.switch, USERNAME)
        if act == "disable":
            await partners.disable(switch, found, who="test")
        else:
            await partners.set_password(switch, found, "another password", who="test")
        assert not await _is_let_in(bank, authorization=bank.token)
        status, _ = await bank.log_in()
        assert status == 401

    _with_bank(tmp_path, promise)


def test_an_api_managers_word_stands_in_for_a_token(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        now = int(bank.world.switch.clock().timestamp())
        good = {"iss": ISSUER, "aud": "cross", "sub": USERNAME, "exp": now + 60}
        public = json.dumps(JWK).encode()

        def signed(key: Any = MANAGER, algorithm: str = "RS256", **claims: Any) -> str:
            return jwt.encode({**good, **claims}, key, algorithm, headers={"kid": "apim"})

        assert await _is_let_in(bank, x_jwt_assertion=signed())
        for refused in (
            signed(iss="https://other.example"),
            signed(aud="other"),
            signed(exp=now - 3600),
            signed(nbf=now + 3600),
            signed(sub="nobody"),
            signed(sub=""),
            _signed_by_hand(good, public, "HS256", "sha256"),
            _signed_by_hand(good, b"secret", "HS256", "sha256"),
            signed(key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
            signed(algorithm="PS256"),
            jwt.encode(good, MANAGER, "RS256", headers={"kid": "other", "jku": "https://evil"}),
            _unsigned(good),
            "",
        ):
            assert not await _is_let_in(bank, x_jwt_assertion=refused), refused
            assert not await _is_let_in(bank, x_jwt_assertion=refused, authorization=bank.token)

    _with_bank(
        tmp_path,
        promise,
        jwks=json.dumps({"keys": [JWK, {"kty": "oct", "kid": "hmac", "k": "c2VjcmV0"}]}),
        assertion_issuer=ISSUER,
        assertion_audience="cross",
    )


def test_without_a_jwks_no_managers_word_is_taken(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        token = jwt.encode({"iss": "", "sub": USERNAME, "exp": 1 << 40}, MANAGER, "RS256")
        assert not await _is_let_in(bank, x_jwt_assertion=token)

    _with_bank(tmp_path, promise)
