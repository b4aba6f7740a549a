"""Whatever goes wrong at D-Money, its journal, its queries and its wallets tell the same story."""

from contextlib import suppress

import pytest

from cross.outbound import NoAnswer
from cross.simulation.faults import FaultKind
from tests.simulators.dmoney_client import Shop
from tests.simulators.page_walker import Walker
from tests.simulators.stage import IN_A_SECOND, Stage, play, seeded_bits

ORDERS = 40
LOST = (NoAnswer, AssertionError, ValueError, KeyError)


@pytest.mark.parametrize("seed", range(3))
def test_money_is_conserved_and_every_state_is_the_journals(seed: int) -> None:
    async def act(stage: Stage) -> None:
        bits = seeded_bits(seed + 11)
        shop = Shop(stage)
        await shop.register(notify_paying=True)
        for fault in FaultKind:
            value = bits(11) if fault is not FaultKind.DUPLICATE_CALLBACK else 2
            await stage.plant("dmoney", fault.value, probability=0.04, value=value)
        for number in range(ORDERS):
            await _visit(stage, shop, f"CMD{number}", bits(24))
        await stage.control("DELETE", "faults")
        await stage.advance(7_200)
        await stage.network.settle()
        await shop.sign_in()
        for number in range(ORDERS):
            await _agrees(stage, shop, f"CMD{number}")

    play(act, IN_A_SECOND)


async def _visit(stage: Stage, shop: Shop, reference: str, bits: int) -> None:
    """Order, pay, cancel or leave, perhaps give some back: each step may be lost on the way."""
    phone = f"771122{bits % 24:02d}"
    with suppress(*LOST):
        await shop.sign_in()
        accepted = await shop.pre_order(reference, timeout_express="10m")
        walker = Walker(stage.network)
        await walker.open(shop.address(accepted["biz_content"]["prepay_id"]))
        action = ("pay", "pay", "pay", "cancel")[bits >> 5 & 3]
        typed = {"phone": phone, "pin": "0000" if bits >> 7 & 7 == 0 else "1234"}
        await walker.press(action, **(typed if action == "pay" else {}))
        await walker.press("pay", **typed)
    with suppress(*LOST):
        await shop.refund(reference, f"{reference}R", str(bits >> 10 & 2047 or 1))
    with suppress(*LOST):
        await shop.transfer(f"{reference}P", f"253{phone}")
    if bits >> 21 & 3 == 0:
        await stage.advance(bits & 1023)


async def _agrees(stage: Stage, shop: Shop, reference: str) -> None:
    answer = await shop.query(reference)
    assert answer["code"] in ("0", "1004")
    status = answer["biz_content"]["order_status"] if answer["code"] == "0" else "EXPIRED"
    paid = [m["kind"] for m in await stage.journal(reference=reference)]
    refunded = [m["amount"] for m in await stage.journal(reference=f"{reference}R")]
    assert paid == ["debit"] * (status in ("PAID", "REFUNDED"))
    assert status in ("PAID", "REFUNDED", "FAILURE", "EXPIRED")
    assert bool(refunded) == (status == "REFUNDED")
    assert sum(refunded) <= 1500
    payout = await shop.query(f"{reference}P")
    assert payout["code"] in ("0", "1004")
    made = payout["code"] == "0" and payout["biz_content"]["order_status"] == "PAID"
    credited = await stage.journal(reference=f"{reference}P")
    assert [m["kind"] for m in credited] == ["credit"] * made
