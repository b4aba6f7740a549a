"""A bank's credits: told once and truly, within its limits, in amounts that mean one thing."""

import asyncio
from pathlib import Path

import pytest

from cross.domain.partner import Operation, OperationTerms
from cross.outbound import NoAnswer
from cross.switch import keys, merchants, partners
from tests.conftest import NewStore
from tests.partner.bank import Bank, open_bank, order, with_bank
from tests.world import MERCHANT, SECRET, until


def test_a_bank_that_left_before_the_answer_is_called_back(
    tmp_path: Path, new_store: NewStore
) -> None:
    """Its connection broke while the credit was waited for, whatever became of the credit."""

    async def promise(bank: Bank) -> None:
        for number, path in (("22890112218", "/mbanking/v2/credit"), ("22890112201", None)):
            fields = {"client": number, "amount": "500", "currency": "952"}
            with pytest.raises(NoAnswer):
                await bank.leave(path, order(f"R-{number}", numeroClient=number), fields)
        await until(lambda: len(bank.receiver.bodies) == 2)
        assert {one["statutRequete"] for one in bank.receiver.bodies} == {"SUCCES"}
        _, told = await bank.ask("/mbanking/v2/credit", order("R-3"))
        assert told["statutRequete"] == "SUCCES"
        await until(lambda: not bank.world.switch.tasks)
        assert await bank.deliveries() == [("canceled", 0), ("delivered", 1), ("delivered", 1)]

    with_bank(tmp_path, promise, store=new_store())


def test_a_bank_whose_credit_was_cut_off_by_a_crash_is_called_back(
    tmp_path: Path, new_store: NewStore
) -> None:
    """The process ends while the credit is waited for: nobody was answered (F-P01)."""

    async def proof() -> None:
        async with open_bank(tmp_path, store=new_store()) as bank:
            slow = order("R-1", numeroClient="22890112218")
            waiting = asyncio.ensure_future(bank.ask("/mbanking/v2/credit", slow))
            await until(lambda: bool(bank.world.switch.live))
            await bank.die()
            waiting.cancel()
        async with bank.in_another_process(new_store()) as switch:
            await until(lambda: not switch.live)
            _, told = await bank.ask("/mbanking/v2/check", {"idRequete": "R-1"})
            assert told["statutRequete"] == "SUCCES"
            assert bank.receiver.bodies == []  # an answer may be on its way
            bank.clock_ahead_seconds = 20
            await until(lambda: len(bank.receiver.bodies) == 1)
            assert bank.receiver.bodies[0]["statutRequete"] == "SUCCES"

    asyncio.run(proof())


def test_a_repeat_at_the_edge_of_the_days_limit_is_not_told_that_it_failed(
    tmp_path: Path, new_store: NewStore
) -> None:
    """One of two ids fits: whoever asks for it hears the same, and the other is refused."""

    async def promise(bank: Bank) -> None:
        terms = {**bank.partner.operations, Operation.CREDIT: OperationTerms(day_max=2_000)}
        await bank.set(operations=terms)
        asked = [bank.ask("/mbanking/v2/credit", order(f"R-{n % 2}")) for n in range(12)]
        told = [content for _, content in await asyncio.gather(*asked)]
        by_id = {
            name: {one["statutRequete"] for one in told if one["idRequete"] == name}
            for name in ("R-0", "R-1")
        }
        assert sorted("ECHEC" in found for found in by_id.values()) == [False, True]
        assert {"ECHEC"} in by_id.values()
        _, told = await bank.ask("/mbanking/v2/credit", order("R-2", montant=500))
        assert told["statutRequete"] == "SUCCES"
        _, told = await bank.ask("/mbanking/v2/credit", order("R-3", montant=1))
        assert told["description"] == "Plafond atteint"
        journal = await bank.world.control("GET", "/journal?operator=tmoney")
        assert len(journal["data"]) == 2

    with_bank(tmp_path, promise, store=new_store())


def test_what_is_refused_for_another_reason_leaves_the_day_as_it_was(
    tmp_path: Path, new_store: NewStore
) -> None:
    async def promise(bank: Bank) -> None:
        terms = {**bank.partner.operations, Operation.CREDIT: OperationTerms(day_max=6_000_000)}
        await bank.set(operations=terms)
        for number in range(3):
            fields = order(f"R-{number}", montant=5_500_000)
            _, told = await bank.ask("/mbanking/v2/credit", fields)
            assert told["statutRequete"] == "ECHEC"
            assert told["description"] != "Plafond atteint"
        _, told = await bank.ask("/mbanking/v2/credit", order("R-1", montant=900))
        assert told["statutRequete"] == "SUCCES"

    with_bank(tmp_path, promise, store=new_store())


def test_a_banks_own_api_key_is_held_to_the_banks_terms(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        terms = {**bank.partner.operations, Operation.CREDIT: OperationTerms(amount_max=1_000)}
        await bank.set(operations=terms)
        opened = await keys.open_key(
            bank.world.switch,
            bank.partner.merchant,
            keys.KeyWish(scopes=("pay_out", "read")),
            who="test",
        )
        token = f"Bearer {opened.secret}"
        _, told = await bank.ask("/api/tmoney/credit", order("R-1"), token=token)
        assert told["description"] == "Plafond atteint"
        await partners.disable(bank.world.switch, bank.partner, who="test")
        status, _ = await bank.ask("/api/tmoney/credit", order("R-2", montant=9), token=token)
        assert status == 401

    with_bank(tmp_path, promise)


@pytest.mark.parametrize("montant", ["1.000", "1_000", "1,000", "1 000", "\u0661\u0660", 1000.5])
def test_an_amount_that_two_would_read_differently_is_not_taken(
    tmp_path: Path, montant: object
) -> None:
    async def promise(bank: Bank) -> None:
        _, told = await bank.ask("/mbanking/v2/credit", order("R-1", montant=montant))
        assert (told["code"], told["description"]) == ("5000", "montant invalide")

    with_bank(tmp_path, promise)


def test_a_suspended_merchant_is_told_nothing_of_its_credit_and_no_failure(tmp_path: Path) -> None:
    """Suspended while the outcome is unknown: neither 500 nor a total of 0 is true (I-23)."""

    async def promise(bank: Bank) -> None:
        token = f"Bearer {SECRET}"
        switch = bank.world.switch
        slow = order("M-1", numeroClient="22890112218")
        _, told = await bank.ask("/api/tmoney/credit", slow, token=token)
        assert told["statutRequete"] == "EN ATTENTE"
        await merchants.suspend(switch, MERCHANT, who="test")
        status, again = await bank.ask("/api/tmoney/credit", slow, token=token)
        assert (status, again["code"]) == (403, "403")
        assert "statutRequete" not in again
        status, seen = await bank.send("GET", "/api/tmoney/check/M-1", authorization=token)
        assert (status, seen["code"], seen.get("total")) == (403, "403", None)
        await until(lambda: not switch.live)

    with_bank(tmp_path, promise, wait_seconds=0.01)
