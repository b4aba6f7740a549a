"""A client of the simulated D-Money written from operators.md alone, that signs by itself."""

import asyncio
import base64
import functools
import json
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from cross.outbound import HttpResponse
from tests.simulators.page_walker import Walker
from tests.simulators.stage import CLIENT, NOON, SIMULATORS, Answer, Stage

PREFIX = "/apiaccess/payment/gateway"
PAYER = "77112233"
NOTIFY_URL = f"{CLIENT}/shop/notify"
REDIRECT_URL = "https://shop.example/back"
CREDENTIALS = {
    "X-APP-Key": "shop-app-key",
    "appSecret": "shop-secret",
    "appid": "1000200030004000",
    "merch_code": "4321",
}
_EXCLUDED = ("sign", "sign_type", "header", "refund_info", "openType", "raw_request", "biz_content")
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@functools.cache
def key_pair(name: str = "shop") -> rsa.RSAPrivateKey:
    del name
    return rsa.generate_private_key(65537, 3072)


def string_to_sign(fields: dict[str, Any]) -> str:
    """operators.md section 5.3, read afresh."""
    biz = fields.get("biz_content") or {}
    flat = {**fields, **{k: v for k, v in biz.items() if not isinstance(v, dict | list)}}
    kept = {k: v for k, v in flat.items() if k not in _EXCLUDED and v not in (None, "")}
    return "&".join(f"{k}={kept[k]}" for k in sorted(kept))


def sign(text: str, key: rsa.RSAPrivateKey, scheme: Any = _PSS) -> str:
    return base64.b64encode(key.sign(text.encode(), scheme, hashes.SHA256())).decode()


class Shop:
    """One merchant of D-Money, with a token once it has signed in."""

    def __init__(self, stage: Stage, **credentials: str) -> None:
        self.stage = stage
        self.credentials = {**CREDENTIALS, **credentials}
        self.key = key_pair()
        self.scheme: Any = _PSS
        self.token = ""
        self.nonces = 0
        self.gateway_key = ""

    async def register(self, **settings: object) -> None:
        """Tell the control API who we are; sign in."""
        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        shown = await self.stage.control(
            "PUT",
            "credentials/dmoney/shop",
            {
                **self.credentials,
                "public_key": base64.b64encode(spki).decode(),
                "settings": {f"dmoney.{name}": value for name, value in settings.items()},
            },
        )
        self.gateway_key = shown["gateway_public_key"]
        await self.sign_in()

    async def sign_in(self, prefix: str = PREFIX) -> HttpResponse:
        body = json.dumps({"appSecret": self.credentials["appSecret"]}).encode()
        headers = (("X-APP-Key", self.credentials["X-APP-Key"]),)
        response = await self._send(f"{prefix}/payment/v1/token", body, headers)
        if response.status == 200:
            self.token = json.loads(response.body)["token"]
        return response

    def stamp(self) -> dict[str, str]:
        self.nonces += 1
        now = int(NOON.timestamp() + asyncio.get_running_loop().time())
        return {"timestamp": str(now), "nonce_str": f"nonce{self.nonces}"}

    def signed(self, method: str, content: dict[str, Any], **top: str) -> dict[str, Any]:
        fields: dict[str, Any] = {**self.stamp(), "method": method, "version": "1.0", **top}
        fields["biz_content"] = content
        fields["sign"] = sign(string_to_sign(fields), self.key, self.scheme)
        fields["sign_type"] = "SHA256WithRSA"
        return fields

    async def post(self, path: str, fields: object, authorization: str = "") -> HttpResponse:
        headers = (
            ("Authorization", authorization or self.token),
            ("X-APP-Key", self.credentials["X-APP-Key"]),
            ("Content-Type", "application/json"),
        )
        return await self._send(path, json.dumps(fields).encode(), headers)

    async def ask(self, method: str, name: str, content: dict[str, Any]) -> Answer:
        response = await self.post(
            f"{PREFIX}/payment/v1/merchant/{name}", self.signed(method, content)
        )
        answer: Answer = json.loads(response.body)
        return answer

    def order(self, reference: str, amount: str = "1500", **more: Any) -> dict[str, Any]:
        return {
            **self.identity,
            "merch_order_id": reference,
            "notify_url": NOTIFY_URL,
            "redirect_url": REDIRECT_URL,
            "trade_type": "Checkout",
            "title": "Cahiers",
            "total_amount": amount,
            "trans_currency": "DJF",
            "timeout_express": "30m",
            "business_type": "OnlineMerchant",
            "callback_info": "t_1",
            **more,
        }

    @property
    def identity(self) -> dict[str, str]:
        return {name: self.credentials[name] for name in ("appid", "merch_code")}

    async def pre_order(self, reference: str, amount: str = "1500", **more: Any) -> Answer:
        return await self.ask("payment.preorder", "preOrder", self.order(reference, amount, **more))

    async def query(self, reference: str, **more: str) -> Answer:
        content = {**self.identity, "merch_order_id": reference, **more}
        return await self.ask("payment.queryorder", "queryOrder", content)

    async def status(self, reference: str) -> str:
        found: str = (await self.query(reference))["biz_content"]["order_status"]
        return found

    async def refund(self, reference: str, number: str, amount: str, **more: str) -> Answer:
        content = {
            **self.identity,
            "merch_order_id": reference,
            "refund_request_no": number,
            "refund_amount": amount,
            "refund_reason": "retour",
            **more,
        }
        return await self.ask("payment.refund", "refund", content)

    async def close(self, reference: str) -> Answer:
        content = {**self.identity, "merch_order_id": reference}
        return await self.ask("payment.closeorder", "closeOrder", content)

    async def transfer(
        self, reference: str, payee: str, amount: str = "700", **more: str
    ) -> Answer:
        content = {
            **self.identity,
            "merch_order_id": reference,
            "payee_msisdn": payee,
            "total_amount": amount,
            "trans_currency": "DJF",
            "notify_url": NOTIFY_URL,
            **more,
        }
        return await self.ask("payment.transfer", "transfer", content)

    def address(
        self, prepay_id: str, *, language: str = "fr", eight: bool = False, encoded: int = 1
    ) -> str:
        """The checkout URL, `sign` percent-encoded so many times (operators.md section 5.5)."""
        five = {**self.identity, **self.stamp(), "prepay_id": prepay_id}
        rest = {"version": "1.0", "trade_type": "Checkout", "language": language}
        signature = sign(string_to_sign({**five, **rest} if eight else five), self.key)
        for _ in range(encoded):
            signature = quote(signature, safe="")
        query = "&".join(f"{k}={v}" for k, v in {**five, **rest}.items())
        return (
            f"{SIMULATORS}/dmoney/payment/web/paygate?{query}&sign={signature}"
            "&sign_type=SHA256WithRSA"
        )

    async def page(self, reference: str, *, language: str = "fr", **order: Any) -> Walker:
        """Order, and open the page."""
        answer = await self.pre_order(reference, **order)
        walker = Walker(self.stage.network)
        prepay_id = answer["biz_content"]["prepay_id"]
        await walker.open(self.address(prepay_id, language=language))
        assert walker.response.status == 200
        return walker

    async def paid(self, reference: str, phone: str = PAYER, **order: Any) -> Walker:
        walker = await self.page(reference, **order)
        await walker.press("pay", phone=phone, pin="1234")
        return walker

    def verifies(self, fields: dict[str, Any]) -> bool:
        """Whether the gateway signed it, by our own reading of the rules."""
        key = load_der_public_key(base64.b64decode(self.gateway_key))
        assert isinstance(key, rsa.RSAPublicKey)
        try:
            key.verify(
                base64.b64decode(fields["sign"]),
                string_to_sign(fields).encode(),
                _PSS,
                hashes.SHA256(),
            )
        except InvalidSignature:
            return False
        return True

    async def _send(
        self, path: str, body: bytes, headers: tuple[tuple[str, str], ...]
    ) -> HttpResponse:
        return await self.stage.send("POST", f"/dmoney{path}", body, headers)
