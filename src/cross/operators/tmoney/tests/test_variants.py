"""Every path and spelling of TMoney before its simulator (operators.md 2.1, 2.4, 2.6, 8)."""

import pytest

from cross.domain.operator import Pending, Succeeded
from tests.operators.scene import Scene, perform
from tests.simulators.stage import SIMULATORS

PRODUCTION = {
    "credit_path": "/m-banking/v1/api/tpcredit",
    "credit_status_path": "/m-banking/v1/api/tpcredit/check-transaction-id",
    "debit_path": "/push-api/v1/debit",
    "debit_status_path": "/push-api/v1/transactionid",
}
OLDER = {
    "login_path": "/api/login",
    "credit_status_path": "/api/tpchecktransaction",
    "debit_path": "/tpdebit/debit",
    "debit_status_path": "/api/tpchecktransaction",
}


async def collect_and_pay_out(scene: Scene) -> None:
    collection, payout = scene.request(serial=1), scene.request(serial=2)
    assert isinstance(await scene.operator.collect(collection), Pending)
    assert isinstance(await scene.operator.pay_out(payout), Succeeded)
    await scene.stage.settle()
    for found in (
        await scene.operator.look_up_collection(collection),
        await scene.operator.look_up_payout(payout),
    ):
        assert isinstance(found, Succeeded)
    assert await scene.moved(collection) == [("debit", 1500)]
    assert await scene.moved(payout) == [("credit", 1500)]


@pytest.mark.parametrize("paths", [{}, PRODUCTION, OLDER], ids=["prep", "production", "older"])
def test_every_set_of_paths_works(paths: dict[str, str]) -> None:
    perform("tmoney", collect_and_pay_out, settings=paths)


def test_three_addresses_may_be_one_written_with_a_slash() -> None:
    base = f"{SIMULATORS}/tmoney/"

    settings = {"login_url": base, "credit_url": base, "debit_url": base}
    perform("tmoney", collect_and_pay_out, settings=settings)


@pytest.mark.parametrize(
    "settings",
    [{"success_word": "SUCCESS"}, {"flat_status": False}, {"status_requires_auth": True}],
    ids=str,
)
def test_every_lenient_setting_works(settings: dict[str, object]) -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(**settings)
        await collect_and_pay_out(scene)

    perform("tmoney", act)


@pytest.mark.parametrize("word", ["EN ATTENTE", "EN_ATTENTE"])
def test_waiting_is_read_in_both_spellings(word: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.configure(pending_word=word)
        request = scene.request("00")
        await scene.operator.collect(request)

        assert isinstance(await scene.operator.look_up_collection(request), Pending)

    perform("tmoney", act)
