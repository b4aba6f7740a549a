"""The simulated TMoney says what operators.md section 2 says, and moves money once."""

import base64
import json

import pytest

from tests.simulators import tmoney_client as tmoney
from tests.simulators.stage import IN_A_SECOND, Answer, Stage, play

PAYER = "22890112233"


def test_a_debit_is_acknowledged_then_paid_then_called_back() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("tmoney")

        answer = await tmoney.debit(stage, "R1", PAYER)
        assert answer == {
            "code": "2000",
            "message": "Demande en cours de traitement",
            "description": "",
            "idRequete": "R1",
            "refCommande": "CMD-77",
            "dateHeureRequete": "2026-11-22 10:15:00",
        }
        assert (await tmoney.status(stage, "R1"))["statutRequete"] == "EN ATTENTE"
        assert await stage.journal() == []

        await stage.advance(1)

        (callback,) = stage.listener.bodies
        assert callback == {
            "code": "2002",
            "message": "Transaction completed",
            "description": "Transfert Cross",
            "refTmoney": "100000001",
            "dateHeureTmoney": "2026-11-22 12:00:01",
            "idRequete": "R1",
            "refCommande": "CMD-77",
            "dateHeureRequete": "2026-11-22 10:15:00",
            "statutRequete": "SUCCES",
            "typeRequete": "DEBIT",
            "montant": 1500,
            "numeroClient": PAYER,
            "idPartenaire": "42",
            "nomPartenaire": "CROSS",
        }
        assert await tmoney.status(stage, "R1") == {"total": 1, "data": [callback], **callback}
        (movement,) = await stage.journal(reference="R1")
        assert movement == {
            "operator": "tmoney",
            "kind": "debit",
            "reference": "R1",
            "operator_reference": "100000001",
            "msisdn": PAYER,
            "amount": 1500,
            "currency": "XOF",
            "at": "2026-11-22T12:00:01.000Z",
        }

    play(act, IN_A_SECOND)


def test_a_credit_is_paid_in_its_answer() -> None:
    async def act(stage: Stage) -> None:
        answer = await tmoney.credit(stage, "R2", PAYER)
        assert (answer["code"], answer["statutRequete"]) == ("2000", "SUCCES")
        assert answer["soldePartenaire"] == 100_000_000 - 1500

        (found,) = (await tmoney.status(stage, "R2", "credit"))["data"]
        assert (found["code"], found["typeRequete"]) == ("2002", "CREDIT")
        assert (await tmoney.status(stage, "R2", "debit"))["total"] == 0
        wallet = await stage.control("GET", f"wallets/tmoney/{PAYER}")
        assert wallet["balance"] == 1_001_500

    play(act)


DEBIT_PATHS = ["/tmoney-middleware/debit", "/push-api/v1/debit", "/tpdebit/debit", "/api/tpdebit"]
CREDIT_PATHS = ["/api/tpcredit", "/m-banking/v1/api/tpcredit"]
DEBIT_QUERIES = ["/tmoney-middleware/transactionid", "/push-api/v1/transactionid"]
CREDIT_QUERIES = [
    "/m-banking/v1/api/tpcredit/check-transaction-id",
    "/api/tpcredit/check-transaction-id",
]
EITHER_QUERY = "/api/tpchecktransaction"


async def get(stage: Stage, path: str, body: bytes = b"") -> Answer:
    response = await stage.send("GET", f"/tmoney{path}", body)
    assert response.status == 200, response
    answer: Answer = json.loads(response.body)
    return answer


@pytest.mark.parametrize("path", DEBIT_PATHS)
def test_a_debit_goes_by_every_path(path: str) -> None:
    async def act(stage: Stage) -> None:
        assert (await tmoney.post(stage, path, tmoney.order("R1", PAYER)))["code"] == "2000"
        for query in (*DEBIT_QUERIES, EITHER_QUERY):
            assert (await get(stage, f"{query}?idRequete=R1"))["typeRequete"] == "DEBIT"
        for query in CREDIT_QUERIES:
            assert await get(stage, f"{query}?idRequete=R1") == {"total": 0, "data": []}

    play(act)


@pytest.mark.parametrize("path", CREDIT_PATHS)
def test_a_credit_goes_by_every_path(path: str) -> None:
    async def act(stage: Stage) -> None:
        answer = await tmoney.post(stage, path, tmoney.order("R1", PAYER))
        assert answer["statutRequete"] == "SUCCES"
        for query in (*CREDIT_QUERIES, EITHER_QUERY):
            assert (await get(stage, f"{query}?idRequete=R1"))["typeRequete"] == "CREDIT"

    play(act)


@pytest.mark.parametrize("path", ["/login", "/api/login"])
def test_a_login_gives_a_token_that_says_bearer(path: str) -> None:
    async def act(stage: Stage) -> None:
        for password, code in (("cross-secret", "2000"), ("other", "4001"), (None, "4001")):
            content = {"nomUtilisateur": "cross", "motDePasse": password}
            response = await stage.send("POST", f"/tmoney{path}", json.dumps(content).encode())
            answer = json.loads(response.body)
            assert response.status == 200
            assert answer["statut"] == answer["status"]
            assert answer["statut"]["code"] == code
            assert ("token" in answer["data"]) == (code == "2000")
        token = (await tmoney.log_in(stage)).removeprefix("Bearer ")
        claims = token.split(".")[1]
        life = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        assert life["exp"] - life["iat"] == 3600

    play(act)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "Bearer  ", "bearer ", "Bearer Bearer "])
def test_a_token_is_taken_however_often_it_says_bearer(prefix: str) -> None:
    async def act(stage: Stage) -> None:
        token = prefix + (await tmoney.log_in(stage)).removeprefix("Bearer ")
        order = tmoney.order("R1", PAYER)
        assert (await tmoney.post(stage, "/tpdebit/debit", order, token))["code"] == "2000"

    play(act)


def test_a_token_dies_after_an_hour_and_at_the_gateway() -> None:
    async def act(stage: Stage) -> None:
        token = await tmoney.log_in(stage)
        order = json.dumps(tmoney.order("R1", PAYER)).encode()
        await stage.advance(3600)
        for wrong in (token, "Bearer x.y.z", "x"):
            headers = (("Authorization", wrong),)
            response = await stage.send("POST", "/tmoney/api/tpdebit", order, headers)
            assert response.status == 401
            fault = json.loads(response.body)["fault"]
            assert (fault["code"], fault["message"]) == (900901, "Invalid Credentials")
        response = await stage.send("POST", "/tmoney/api/tpdebit", order)
        answer = json.loads(response.body)
        assert (response.status, answer["code"], answer["message"]) == (200, "403", "Not signed in")
        assert await stage.journal() == []

    play(act)


def test_a_static_bearer_is_taken_from_who_has_one() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "credentials/tmoney/cross", {"static_bearer": "KEY1"})
        order = tmoney.order("R1", PAYER)
        answer = await tmoney.post(stage, "/api/tpcredit", order, "Bearer KEY1")
        assert answer["statutRequete"] == "SUCCES"

    play(act)


@pytest.mark.parametrize("amount", [300, 300.0, "300", "300.00", "3E2"])
def test_an_amount_is_any_number_without_a_fraction(amount: object) -> None:
    async def act(stage: Stage) -> None:
        await tmoney.debit(stage, "R1", PAYER, amount)
        assert [m["amount"] for m in await stage.journal()] == [300]

    play(act)


def test_a_java_double_is_a_number() -> None:
    async def act(stage: Stage) -> None:
        token = await tmoney.log_in(stage)
        body = json.dumps(tmoney.order("R1", PAYER)).replace("1500", "1.0E6").encode()
        headers = (("Authorization", token),)
        await stage.send("POST", "/tmoney/api/tpdebit", body, headers)
        assert [m["amount"] for m in await stage.journal()] == [1_000_000]

    play(act)


def test_keys_are_taken_in_any_case_and_times_in_two_shapes() -> None:
    async def act(stage: Stage) -> None:
        order = {key.lower(): value for key, value in tmoney.order("R1", PAYER).items()}
        order |= {"dateheurerequete": "2026-11-22T10:15:00.000Z"}
        answer = await tmoney.post(stage, "/api/tpdebit", order)
        assert (answer["code"], answer["idRequete"]) == ("2000", "R1")

    play(act)


@pytest.mark.parametrize(
    "change",
    [
        {"idRequete": ""},
        {"idRequete": "R" * 65},
        {"idRequete": 7},
        {"numeroClient": "+22890112233"},
        {"numeroClient": "90112233"},
        {"numeroClient": None},
        {"montant": 0},
        {"montant": -5},
        {"montant": 15.5},
        {"montant": True},
        {"montant": "quinze"},
        {"montant": "NaN"},
        {"montant": "1E400"},
        {"refCommande": None},
        {"dateHeureRequete": "hier"},
    ],
)
def test_a_wrong_order_is_rejected_in_its_answer(change: dict[str, object]) -> None:
    async def act(stage: Stage) -> None:
        for path in ("/api/tpdebit", "/api/tpcredit"):
            answer = await tmoney.post(stage, path, tmoney.order("R1", PAYER) | change)
            assert answer["code"] == "5000"
        assert await tmoney.status(stage, "R1") == {"total": 0, "data": []}
        assert await stage.journal() == []

    play(act)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_rejected(body: bytes) -> None:
    async def act(stage: Stage) -> None:
        headers = (("Authorization", await tmoney.log_in(stage)),)
        response = await stage.send("POST", "/tmoney/api/tpdebit", body, headers)
        assert json.loads(response.body)["code"] == "5000"

    play(act)


def test_an_id_is_taken_once_for_ever_and_for_debit_and_credit_together() -> None:
    async def act(stage: Stage) -> None:
        await tmoney.debit(stage, "R1", PAYER)
        await stage.advance(10_000_000)
        for again in (
            await tmoney.debit(stage, "R1", PAYER),
            await tmoney.credit(stage, "R1", PAYER),
        ):
            assert again["code"] == "4001"
            assert again["idRequete"] == "R1"
        assert len(await stage.journal()) == 1

    play(act)


@pytest.mark.parametrize(
    ("last_two", "code", "description"),
    [
        ("02", "500", "Solde insuffisant"),
        ("03", "500", "Transaction refusee par le client"),
        ("04", "500", "Delai depasse"),
        ("05", "500", "Client inconnu"),
        ("06", "500", "Plafond atteint"),
        ("15", "500", "Une demande est deja en attente"),
        ("19", "501", "Code PIN errone"),
    ],
)
def test_a_failed_debit_says_why(last_two: str, code: str, description: str) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("tmoney")
        await tmoney.debit(stage, "R1", f"228901122{last_two}")
        await stage.advance(120)

        (callback,) = stage.listener.bodies
        assert (callback["code"], callback["statutRequete"]) == (code, "ECHEC")
        assert callback["description"] == description
        assert (await tmoney.status(stage, "R1"))["data"] == [callback]

    play(act)


def test_a_float_that_is_too_low_refuses_a_credit() -> None:
    async def act(stage: Stage) -> None:
        answer = await tmoney.credit(stage, "R1", PAYER, 100_000_001)
        assert (answer["code"], answer["statutRequete"]) == ("500", "ECHEC")
        assert answer["description"] == "Solde partenaire insuffisant"

    play(act)


def test_a_number_of_another_operator_is_unknown_here() -> None:
    async def act(stage: Stage) -> None:
        answer = await tmoney.credit(stage, "R1", "22896112233")
        assert answer["description"] == "Client inconnu"

    play(act)


def test_a_status_is_asked_for_in_every_way_that_clients_do() -> None:
    async def act(stage: Stage) -> None:
        await tmoney.debit(stage, "R1", PAYER)
        path = "/push-api/v1/transactionid"
        token = await tmoney.log_in(stage)
        in_body = json.dumps({"Authorization": token}).encode()
        assert (await get(stage, f"{path}?idRequete=R1"))["total"] == 1
        assert (await get(stage, f"{path}?idrequete=R1"))["total"] == 1
        assert (await get(stage, f"{path}?R1"))["total"] == 1
        assert (await get(stage, f"{path}?R1", in_body))["total"] == 1
        assert (await get(stage, path))["total"] == 0

        strict = {"settings": {"status_requires_auth": True, "tmoney.flat_status": False}}
        await stage.control("PUT", "credentials/tmoney/cross", strict)
        assert (await get(stage, f"{path}?R1"))["code"] == "403"
        assert set(await get(stage, f"{path}?R1", in_body)) == {"total", "data"}

    play(act)


def test_other_spellings_are_sent_on_demand() -> None:
    async def act(stage: Stage) -> None:
        settings = {"pending_word": "EN_ATTENTE", "success_word": "SUCCESS"}
        await stage.control("PUT", "credentials/tmoney/cross", {"settings": settings})
        await tmoney.debit(stage, "R1", PAYER)
        assert (await tmoney.status(stage, "R1"))["statutRequete"] == "EN_ATTENTE"
        await stage.advance(1)
        assert (await tmoney.status(stage, "R1"))["statutRequete"] == "SUCCESS"

    play(act, IN_A_SECOND)


def test_version_1_credits_by_a_get() -> None:
    async def act(stage: Stage) -> None:
        query = (
            "/mbanking/v1/credit?merchantid=1000000000000001&password=cross-secret"
            f"&client={PAYER}&amount=1500&currency=952&trxcode=1&type=2&referenceid=R1"
        )
        assert await get(stage, query) == {
            "merchantid": "1000000000000001",
            "client": PAYER,
            "amount": "1500",
            "currency": "952",
            "referenceid": "R1",
            "result": "0",
            "transactionid": "100000001",
        }
        assert (await get(stage, query))["result"] == "4001"
        for old, new, result in (
            ("cross-secret", "x", "403"),
            ("amount=1500", "amount=15.5", "5000"),
            ("currency=952", "currency=262", "5000"),
            ("referenceid=R1", "referenceid=", "5000"),
            (f"{PAYER}&", "22890112214&", "500"),
        ):
            asked = query.replace("referenceid=R1", "referenceid=R2").replace(old, new)
            asked = query.replace(old, new) if "reference" in old else asked
            assert (await get(stage, asked))["result"] == result
        assert len(await stage.journal()) == 1

    play(act)


def test_a_bill_pay_check_finds_a_transaction() -> None:
    async def act(stage: Stage) -> None:
        await tmoney.debit(stage, "R1", PAYER)
        asked = {"username": "cross", "password": "cross-secret", "billerAlias": "X", "api": "Y"}
        path = "/bill-pay/v1.0/check-transaction"
        found = await tmoney.post(stage, path, asked | {"idTrans": "R1"})
        assert (found["total"], found["data"][0]["statutRequete"]) == (1, "SUCCES")
        unknown = await tmoney.post(stage, path, asked | {"idTrans": "R2"})
        assert unknown == {"total": 0, "data": []}
        refused = await tmoney.post(stage, path, asked | {"idTrans": "R1", "password": "x"})
        assert refused["code"] == "403"

    play(act)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/login", 405), ("POST", "/nowhere", 404), ("POST", "/TPDEBIT/debit", 404)],
)
def test_what_is_not_served_is_not_found(method: str, path: str, status: int) -> None:
    async def act(stage: Stage) -> None:
        assert (await stage.send(method, f"/tmoney{path}")).status == status

    play(act)
