"""Every number with a fixed outcome ends as sandbox.md section 3 says, on both sides and operators.

All movements run at once in one world; then each is looked at: its state, the operators' journal
(one effect, never two, I-04) and the agreement of operators and books (I-02).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cross.domain.leg import LegKind
from cross.domain.movement import Movement, MovementKind
from cross.domain.status import status_of
from tests.switch import asking
from tests.world import MERCHANT, World, quick_settings, small_world, until, wallet

OPERATORS = ("tmoney", "flooz")
LEADS = {"tmoney": "+2289011", "flooz": "+2289611"}

# Suffix of the payer's number: the collection's status and failure code.
DEBITS = {
    "01": ("succeeded", None),
    "02": ("failed", "insufficient_funds"),
    "03": ("failed", "payer_refused"),
    "04": ("expired", "prompt_expired"),
    "05": ("failed", "wallet_not_found"),
    "06": ("failed", "limit_reached"),
    "07": ("succeeded", None),
    "08": ("succeeded", None),
    "09": ("succeeded", None),
    "10": ("succeeded", None),
    "11": ("succeeded", None),
    "12": ("succeeded", None),
    "13": ("succeeded", None),
    "14": ("succeeded", None),
    "15": ("failed", "prompt_already_open"),
    "16": ("succeeded", None),
    "17": ("failed", "operator_unavailable"),
    "18": ("succeeded", None),
    "19": ("failed", "wrong_pin"),
    "20": ("succeeded", None),
    "77": ("succeeded", None),
}
# Suffix of the payee's number: the payout's status and failure code.
CREDITS = dict.fromkeys(DEBITS, ("succeeded", None)) | {
    "05": ("failed", "wallet_not_found"),
    "06": ("failed", "limit_reached"),
    "14": ("failed", "operator_refused"),
    "17": ("failed", "operator_unavailable"),
}


@dataclass(frozen=True)
class Seen:
    movement: Movement
    journal: Mapping[str, list[dict[str, Any]]]


Case = tuple[str, str, str]


async def open_all(world: World) -> dict[Case, Movement]:
    opened: dict[Case, Movement] = {}
    for here, there in (OPERATORS, OPERATORS[::-1]):
        for suffix in DEBITS:
            well = wallet(there, f"{LEADS[there]}{suffix}88")
            payer = wallet(here, f"{LEADS[here]}22{suffix}")
            opened["debit", here, suffix] = await asking.transfer(world.switch, payer, well)
            payer = wallet(here, f"{LEADS[here]}44{suffix}")
            opened["collection", here, suffix] = await asking.collection(world.switch, payer)
        for suffix in CREDITS:
            payee = wallet(here, f"{LEADS[here]}55{suffix}")
            payer = wallet(there, f"{LEADS[there]}{suffix}99")
            opened["credit", here, suffix] = await asking.transfer(world.switch, payer, payee)
            payee = wallet(here, f"{LEADS[here]}66{suffix}")
            opened["payout", here, suffix] = await asking.payout(world.switch, payee)
    return opened


async def run_all(folder: Path) -> dict[Case, Seen]:
    seen: dict[Case, Seen] = {}
    async with small_world(folder, settings=quick_settings(query_every_seconds=0.2)) as world:
        opened = await open_all(world)
        late = {
            movement.id
            for (side, _, suffix), movement in opened.items()
            if suffix in ("04", "08", "20") and side in ("debit", "collection")
        }
        await until(lambda: set(world.switch.live) <= late)
        await world.control("POST", "/clock", {"advance_seconds": 121})
        await world.control("POST", "/clock", {"advance_seconds": 61})
        await until(lambda: not world.switch.live)
        await world.assert_in_agreement()
        for case, movement in opened.items():
            final = await world.stored(movement.kind, movement.id)
            journal = {
                leg.kind.value: (await world.control("GET", f"/journal?reference={leg.reference}"))[
                    "data"
                ]
                for leg in final.legs
            }
            seen[case] = Seen(final, journal)
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Seen]:
    return asyncio.run(run_all(tmp_path_factory.mktemp("numbers")))


def effects(case: Seen) -> dict[str, int]:
    return {leg: len(lines) for leg, lines in case.journal.items()}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("suffix", DEBITS)
def test_a_collection_ends_as_the_payers_number_says(
    seen: dict[Case, Seen], operator: str, suffix: str
) -> None:
    """F-C01."""
    case = seen["collection", operator, suffix]
    status, failure = DEBITS[suffix]

    assert status_of(case.movement) == status
    assert (case.movement.failure.code if case.movement.failure else None) == failure
    assert effects(case) == {"debit": 1 if status == "succeeded" else 0}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("suffix", CREDITS)
def test_a_payout_ends_as_the_payees_number_says(
    seen: dict[Case, Seen], operator: str, suffix: str
) -> None:
    """F-O18."""
    case = seen["payout", operator, suffix]
    status, failure = CREDITS[suffix]

    assert status_of(case.movement) == status
    assert (case.movement.failure.code if case.movement.failure else None) == failure
    assert effects(case) == {"credit": 1 if status == "succeeded" else 0}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("suffix", DEBITS)
def test_a_transfer_whose_debit_fails_moves_nothing_and_else_completes(
    seen: dict[Case, Seen], operator: str, suffix: str
) -> None:
    case = seen["debit", operator, suffix]
    debited = DEBITS[suffix][0] == "succeeded"

    assert status_of(case.movement) == ("completed" if debited else "failed")
    assert effects(case) == {"debit": int(debited), "credit": int(debited)}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("suffix", CREDITS)
def test_a_transfer_whose_credit_fails_gives_the_payer_his_money_back(
    seen: dict[Case, Seen], operator: str, suffix: str
) -> None:
    """F-O18, I-06, I-07."""
    case = seen["credit", operator, suffix]
    credited = CREDITS[suffix][0] == "succeeded"

    assert status_of(case.movement) == ("completed" if credited else "refunded")
    expected = {"debit": 1, "credit": 1} if credited else {"debit": 1, "credit": 0, "refund": 1}
    assert effects(case) == expected
    if not credited:
        (given_back,) = case.journal["refund"]
        debit = case.movement.leg(LegKind.DEBIT)
        assert debit.msisdn is not None
        assert given_back["amount"] == debit.money.amount
        assert given_back["msisdn"] in (debit.msisdn.e164, debit.msisdn.digits)


def test_a_number_that_waits_for_a_person_is_decided_on_the_handset(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with small_world(tmp_path) as world:
            approved = await asking.collection(world.switch, wallet("tmoney", "+22890110100"))
            refused = await asking.collection(world.switch, wallet("flooz", "+22896110100"))
            for movement, action in ((approved, "approve"), (refused, "refuse")):
                payer = movement.legs[0].msisdn
                assert payer is not None
                number = payer.digits
                prompts: list[dict[str, Any]] = []
                async with asyncio.timeout(10):
                    while not prompts:
                        prompts = (await world.control("GET", f"/handsets/{number}"))["prompts"]
                assert movement.id in world.switch.live
                body = {"action": action, "pin": "1234"}
                await world.control("POST", f"/handsets/{number}/prompts/{prompts[0]['id']}", body)
            await until(lambda: not world.switch.live)
            first = await world.stored(MovementKind.COLLECTION, approved.id)
            second = await world.stored(MovementKind.COLLECTION, refused.id)
            assert (status_of(first), status_of(second)) == ("succeeded", "failed")
            assert second.merchant == MERCHANT
            await world.assert_in_agreement()

    asyncio.run(scenario())
