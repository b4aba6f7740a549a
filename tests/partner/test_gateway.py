"""The gateway's promises beside the recorded exchanges."""

import asyncio
from pathlib import Path

from tests.partner.bank import open_bank, order
from tests.world import until


def test_a_credit_is_answered_when_it_is_final(tmp_path: Path) -> None:
    async def promise() -> None:
        async with open_bank(tmp_path) as bank:
            status, told = await bank.ask("/mbanking/v2/credit", order("R-1"))
            print(told)
            assert (status, told["code"], told["statutRequete"]) == (200, "2000", "SUCCES")
            status, told = await bank.ask("/mbanking/v2/debit", order("R-2"))
            print(told)
            await until(lambda: bool(bank.receiver.bodies))
            print(bank.receiver.bodies, bank.receiver.headers)
            print(await bank.get("/mbanking/v2/check-transaction", idRequete="R-2"))
            print(
                await bank.old(
                    "/mbanking/v1/credit",
                    client="22896112201",
                    amount="500",
                    currency="952",
                    referenceid="R-3",
                )
            )
            print(
                await bank.old(
                    "/mbanking/v1/credit",
                    client="22896112201",
                    amount="700",
                    currency="952",
                    referenceid="R-3",
                )
            )
            await bank.world.assert_in_agreement()

    asyncio.run(promise())
