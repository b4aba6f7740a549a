"""Whatever happens, an operator's money is all there, and its journal tells where it went."""

from contextlib import suppress

import pytest

from cross.outbound import NoAnswer
from cross.simulation.faults import FaultKind
from tests.simulators.operators import WIRES, Wire
from tests.simulators.stage import IN_A_SECOND, Stage, play, seeded_bits

ORDERS = 150


@pytest.mark.parametrize("seed", range(4))
def test_money_is_conserved_whatever_goes_wrong(seed: int) -> None:
    async def act(stage: Stage) -> None:
        bits = seeded_bits(seed + 7)
        for wire in WIRES:
            await stage.listen(wire.name)
            for fault in FaultKind:
                value = bits(11) if fault is not FaultKind.DUPLICATE_CALLBACK else 2
                await stage.plant(wire.name, fault.value, probability=0.04, value=value)
        asked = [await _order_something(stage, number, bits(20)) for number in range(ORDERS)]
        await stage.control("DELETE", "faults")
        await stage.advance(2000)
        await stage.network.settle()

        for wire, kind, reference in asked:
            movements = await stage.journal(operator=wire.name, reference=reference)
            is_paid = await wire.state(stage, reference, kind) == "paid"
            assert [m["kind"] for m in movements] == [kind] * is_paid
        await _the_journal_explains_every_balance(stage)

    play(act, IN_A_SECOND)


async def _order_something(stage: Stage, number: int, bits: int) -> tuple[Wire, str, str]:
    wire = WIRES[bits & 1]
    kind = "credit" if bits & 2 else "debit"
    reference = f"R{number - (bits >> 2 & 1)}{kind[0]}"  # sometimes that of the order before
    phone = wire.number(f"{(bits >> 3) % 24:02d}")
    ask = wire.credit if kind == "credit" else wire.debit
    # lost, refused with another status, or broken on the way: as planted
    with suppress(NoAnswer, AssertionError, ValueError, KeyError):
        await ask(stage, reference, phone)
    if bits >> 8 & 7 == 0:
        await stage.advance(bits >> 11 & 63)
    return wire, kind, reference


async def _the_journal_explains_every_balance(stage: Stage) -> None:
    for wire in WIRES:
        movements = await stage.journal(operator=wire.name)
        net = {"debit": 1, "credit": -1}
        to_float = sum(net[m["kind"]] * m["amount"] for m in movements)
        assert (await stage.control("GET", f"partner/{wire.name}"))["balance"] == (
            100_000_000 + to_float
        )
        for wallet in (await stage.control("GET", f"wallets?operator={wire.name}"))["data"]:
            own = [m for m in movements if m["msisdn"] == wallet["msisdn"]]
            spent = sum(net[m["kind"]] * m["amount"] for m in own)
            assert wallet["balance"] == 1_000_000 - spent
