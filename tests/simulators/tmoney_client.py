"""A client of the simulated TMoney, written for these tests alone."""

import json

from tests.simulators.stage import Answer, Stage


async def log_in(stage: Stage) -> str:
    content = {"nomUtilisateur": "cross", "motDePasse": "cross-secret"}
    response = await stage.send("POST", "/tmoney/login", json.dumps(content).encode())
    token: str = json.loads(response.body)["data"]["token"]
    return token


def order(reference: str, msisdn: str, amount: object = 1500) -> dict[str, object]:
    return {
        "idRequete": reference,
        "numeroClient": msisdn,
        "montant": amount,
        "refCommande": "CMD-77",
        "dateHeureRequete": "2026-11-22 10:15:00",
        "description": "Transfert Cross",
    }


async def post(stage: Stage, path: str, content: object, token: str | None = None) -> Answer:
    authorization = await log_in(stage) if token is None else token
    headers = (("Authorization", authorization), ("Content-Type", "application/json"))
    response = await stage.send("POST", f"/tmoney{path}", json.dumps(content).encode(), headers)
    assert response.status == 200, response
    answer: Answer = json.loads(response.body)
    return answer


async def debit(stage: Stage, reference: str, msisdn: str, amount: object = 1500) -> Answer:
    return await post(stage, "/tmoney-middleware/debit", order(reference, msisdn, amount))


async def credit(stage: Stage, reference: str, msisdn: str, amount: object = 1500) -> Answer:
    return await post(stage, "/api/tpcredit", order(reference, msisdn, amount))


async def status(stage: Stage, reference: str, kind: str = "debit") -> Answer:
    path = {
        "debit": "/tmoney-middleware/transactionid",
        "credit": "/api/tpcredit/check-transaction-id",
    }[kind]
    response = await stage.send("GET", f"/tmoney{path}?idRequete={reference}")
    assert response.status == 200, response
    answer: Answer = json.loads(response.body)
    return answer
