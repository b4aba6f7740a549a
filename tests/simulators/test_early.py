"""A callback that comes early tells what the payer's number says, not that all is well."""

import pytest

from tests.simulators.operators import WIRES, Wire
from tests.simulators.stage import IN_A_SECOND, Stage, play


@pytest.mark.parametrize("suffix", ["02", "03", "04"])
@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_an_early_callback_makes_no_success_of_a_payer_who_does_not_pay(
    wire: Wire, suffix: str
) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        await stage.plant(wire.name, "early_callback")
        await wire.debit(stage, "R1", wire.number(suffix))
        await stage.advance(200)

        assert await stage.journal() == []
        assert len(stage.listener.heard) == 1

    play(act, IN_A_SECOND)
