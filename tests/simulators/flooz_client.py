"""A client of the simulated Flooz, written for these tests alone."""

import base64
import json

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.simulators.stage import Answer, Stage

KEY = "0123456789abcdef0123456789abcdef"
PARTNER = "22800000042"
L1 = "/payment/HttpService/json/cv"


def token(text: str = "0:cross:cross-secret", *, key: str = KEY, iv: bytes = bytes(16)) -> str:
    """Variant V1; PKCS#7 by hand, so that two readings of operators.md meet."""
    plain = text.encode()
    fill = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv)).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([fill]) * fill)).decode()


def token_v2(text: str = "16:cross:cross-secret", *, iv: bytes = bytes(range(16))) -> str:
    return f"{base64.b64encode(iv).decode()}:{token(text, iv=iv)}"


def order(reference: str, msisdn: str, amount: object = 1500) -> dict[str, object]:
    return {
        "msisdn": msisdn,
        "key": "CROSSKEY",
        "mrchrefid": reference,
        "mrchname": "CROSS",
        "amount": amount,
        "partnermsisdn": PARTNER,
    }


async def post(stage: Stage, path: str, content: object, authorization: str = "") -> Answer:
    headers = (("Authorization", authorization or token()), ("Content-Type", "application/json"))
    response = await stage.send("POST", f"/flooz{path}", json.dumps(content).encode(), headers)
    assert response.status == 200, response
    answer: Answer = json.loads(response.body)
    return answer


async def debit(stage: Stage, reference: str, msisdn: str, amount: object = 1500) -> Answer:
    return await post(stage, f"{L1}/debit", order(reference, msisdn, amount))


async def credit(stage: Stage, reference: str, msisdn: str, amount: object = 1500) -> Answer:
    return await post(stage, f"{L1}/credit", order(reference, msisdn, amount))


async def verify(stage: Stage, reference: str) -> Answer:
    return await post(stage, f"{L1}/Verify", {"mrchrefid": reference, "partnermsisdn": PARTNER})
