"""The naive variant's clients of the operators: httpx, JSON in and out, one token each."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from bench.naive.models import Transfer
from cross.operators.flooz.setup import CREDIT_PATH
from cross.operators.flooz.token import v1

SUCCEEDED: Final = frozenset({"SUCCES", "SUCCESS"})


class TMoney:
    """Takes money from a wallet, and tells what became of it."""

    def __init__(self, http: httpx.AsyncClient, settings: Mapping[str, str]) -> None:
        self._http = http
        self._settings = settings
        self._headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        """Gets the token that every request shows."""
        names = ("nomUtilisateur", "motDePasse")
        answer = await self._http.post(
            self._settings["login_url"] + self._settings["login_path"],
            json={name: self._settings[name] for name in names},
        )
        token = answer.json()["data"]["token"].removeprefix("Bearer ")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def debit(self, transfer: Transfer) -> bool:
        """Whether the request was taken; a callback follows."""
        answer = await self._http.post(
            self._settings["debit_url"] + self._settings["debit_path"],
            headers=self._headers,
            json={
                "idRequete": transfer.debit_reference,
                "numeroClient": transfer.payer,
                "montant": transfer.debit,
                "refCommande": transfer.id,
                "dateHeureRequete": transfer.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                "description": transfer.description,
            },
        )
        return str(answer.json()["code"]) == "2000"

    async def is_debited(self, transfer: Transfer) -> bool:
        """Whether the money was really taken."""
        answer = await self._http.get(
            self._settings["debit_url"] + self._settings["debit_status_path"],
            headers=self._headers,
            params={"idRequete": transfer.debit_reference},
        )
        found: list[dict[str, Any]] = answer.json()["data"]
        return bool(found) and found[0]["statutRequete"] in SUCCEEDED


class Flooz:
    """Gives money to a wallet."""

    def __init__(self, http: httpx.AsyncClient, settings: Mapping[str, str]) -> None:
        self._http = http
        self._settings = settings
        token = v1(
            settings["aes_key"].encode(),
            counter=1,
            username=settings["username"],
            password=settings["password"],
        )
        self._headers = {"Authorization": token}

    async def credit(self, transfer: Transfer) -> bool:
        """Whether the money was given."""
        answer = await self._http.post(
            self._settings["base_url"] + CREDIT_PATH,
            headers=self._headers,
            json={
                "msisdn": transfer.payee,
                "key": self._settings["merchant_key"],
                "mrchrefid": transfer.credit_reference,
                "mrchname": self._settings["merchant_name"],
                "amount": transfer.credit,
                "partnermsisdn": self._settings["partner_msisdn"],
            },
        )
        return str(answer.json()["status"]) == "0"
