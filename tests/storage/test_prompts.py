"""One open prompt a wallet, whichever process asks: books that processes share see to it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from cross.domain.leg import LegKind
from cross.storage.store import KeyTaken, NotCovered, Opening, PromptTaken, Saved, Store
from tests.conftest import NewStore, Run
from tests.storage.making import a_transfer, debited, funding, opening, refused
from tests.storage.test_together import recorded

WALLET = "tmoney +22890112233"
pytestmark = pytest.mark.parametrize("engine", ["postgres"])


@pytest.fixture
def two_stores(new_store: NewStore, run: Run) -> Iterator[tuple[Store, Store]]:
    first, second = new_store(), new_store()
    run(first.open())
    run(second.open())
    run(first.record([funding(1_000_000)]))
    yield first, second
    run(first.close())
    run(second.close())


def asking(*, key: str = "", later_seconds: int = 0) -> Opening:
    movement = a_transfer(100, key=key)
    at = movement.created_at + timedelta(seconds=later_seconds)
    movement = replace(movement, created_at=at, updated_at=at)
    return replace(opening(movement), prompt=WALLET)


def test_of_many_that_ask_one_wallet_at_once_on_two_stores_one_is_opened(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    """As collections do: nothing is reserved, so that no lock but the wallet's own orders them."""
    saved = 0
    for number in range(10):
        wallet = f"tmoney +2289011{number:04}"
        wanted = [[replace(asking(), needs=(), entries=(), prompt=wallet)] for _ in range(16)]
        verdicts = run(asyncio.wait_for(recorded(two_stores, wanted), 30))
        assert verdicts.count(PromptTaken()) == 15
        saved += verdicts.count(Saved())

    assert saved == 10
    [[movements, asked]] = run(
        two_stores[1].rows("SELECT count(*), count(prompt) FROM movements", {})
    )
    assert (movements, asked) == (10, 0)


@pytest.mark.parametrize("ends", ["succeeded", "failed"])
def test_the_wallet_is_free_once_its_debit_is_final(
    two_stores: tuple[Store, Store], run: Run, ends: str
) -> None:
    first = asking()
    movement = first.movement
    assert run(two_stores[0].record([first])) == [Saved()]
    assert run(two_stores[1].record([asking()])) == [PromptTaken()]

    step = debited(movement) if ends == "succeeded" else refused(movement, LegKind.DEBIT)
    run(two_stores[0].record([step]))

    assert run(two_stores[1].record([asking()])) == [Saved()]


def test_a_prompt_that_nobody_can_see_any_more_holds_no_wallet(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    run(two_stores[0].record([asking()]))

    assert run(two_stores[1].record([asking(later_seconds=179)])) == [PromptTaken()]
    assert run(two_stores[1].record([asking(later_seconds=181)])) == [Saved()]


def test_a_repeat_is_told_of_the_first_and_claims_nothing(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    """I-27: what was claimed for a movement that was not opened is given back at once."""
    first = asking(key="k")
    run(two_stores[0].record([first]))
    run(two_stores[0].record([refused(first.movement, LegKind.DEBIT)]))

    [repeat] = run(two_stores[1].record([asking(key="k")]))

    assert isinstance(repeat, KeyTaken)
    assert repeat.movement == first.movement.id
    assert run(two_stores[1].record([asking()])) == [Saved()]


def test_where_the_float_is_short_a_second_prompt_is_still_told_from_it(
    two_stores: tuple[Store, Store], run: Run
) -> None:
    """A batch that is weighed one by one tells of each write what is wrong with it."""
    run(two_stores[0].record([asking()]))
    dear = replace(opening(a_transfer(999_950)), prompt="tmoney +22890119999")
    verdicts = run(two_stores[1].record([asking(), dear]))

    assert verdicts[0] == PromptTaken()
    assert isinstance(verdicts[1], NotCovered)
