"""The simulated TMoney says what operators.md section 2 says, and moves money once."""

from tests.simulators import tmoney_client as tmoney
from tests.simulators.stage import IN_A_SECOND, Stage, play

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
