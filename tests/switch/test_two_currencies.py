"""Transfers between currencies, against the simulators of both operators (I-01, I-02, I-07)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cross.domain import accounts
from cross.domain.errors import AmountOutOfRange
from cross.domain.ledger import entry
from cross.domain.money import DJF, djf
from cross.domain.operator import Limits
from cross.domain.quote import Fixed
from cross.settings import EXAMPLE_RATES
from cross.storage import ledger
from cross.storage.pages import Page
from cross.storage.store import Addition
from cross.switch.prices import price_transfer
from tests.conftest import Run
from tests.domain.movements import NOON
from tests.simulators.page_walker import Walker
from tests.world import World, quick_settings, small_world, until

TMONEY = {"operator": "tmoney", "msisdn": "90 11 22 33"}
DMONEY = {"operator": "dmoney", "msisdn": "77 11 22 33"}
REFUSES = {"operator": "dmoney", "msisdn": "77 11 22 14"}  # sandbox.md 3: the credit is refused
ABROAD = {"source": TMONEY, "destination": DMONEY, "amount": 2_000, "currency": "DJF"}
RATE = {"from": "XOF", "to": "DJF", "rate": "0.298027", "margin_bp": 150}


def abroad_from(payer: int) -> dict[str, Any]:
    return {**ABROAD, "source": {**TMONEY, "msisdn": f"2289011223{payer}"}}


@asynccontextmanager
async def two_currencies(folder: Path) -> AsyncIterator[World]:
    async with small_world(folder, settings=quick_settings(rates=EXAMPLE_RATES)) as world:
        yield world


async def asked(world: World, path: str, body: Mapping[str, Any], *, key: str = "k1") -> Any:
    return (await world.ask("POST", path, body, key=key))[1]


async def ended(world: World, accepted: Mapping[str, Any]) -> Any:
    await until(lambda: accepted["id"] not in world.switch.live)
    return (await world.ask("GET", f"/v1/transfers/{accepted['id']}"))[1]


async def positions(world: World) -> dict[str, int]:
    books = await world.balances()
    wanted = ("liquidity:", "fx_margin:", "rounding:", "fees:", "in_transit:", "suspense:")
    return {name: held for name, held in books.items() if name.startswith(wanted) and held}


def test_a_transfer_abroad_reaches_the_wallet_and_the_books(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            done = await ended(world, await asked(world, "/v1/transfers", ABROAD))

            assert done["status"] == "completed"
            assert done["quote"]["rate"] == RATE
            # 2 000 / (0.298027 x 0.985) = 6 812.9; worth 6 710.8; 1 % of 6 813 is the fee
            assert (done["debit"]["amount"], done["debit"]["currency"]) == (6_882, "XOF")
            assert (done["credit"]["amount"], done["credit"]["currency"]) == (2_000, "DJF")
            assert await positions(world) == {
                "liquidity:XOF": 6_711,
                "liquidity:DJF": -2_000,
                "fx_margin:XOF": 102,
                "fees:XOF": 68,
                "rounding:XOF": 1,
            }
            await world.assert_in_agreement()

    run(story())


def test_what_was_quoted_is_what_the_transfer_costs(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            quote = await asked(world, "/v1/quotes", {**ABROAD, "fixed": "credit"})
            assert quote["rate"] == RATE
            read = (await world.ask("GET", f"/v1/quotes/{quote['id']}"))[1]
            assert {name: read[name] for name in quote} == quote

            opened = await asked(world, "/v1/transfers", {"quote": quote["id"]})
            done = await ended(world, opened)
            for name in ("debit", "credit", "fee", "rate"):
                assert opened["quote"][name] == done["quote"][name] == quote[name]
            assert done["status"] == "completed"

    run(story())


def test_a_credit_that_is_refused_gives_the_payer_all_of_it_back(tmp_path: Path, run: Run) -> None:
    """I-06, I-07: the payer has his francs, and nothing was converted."""

    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            before = await world.control("PUT", "/wallets/tmoney/22890112233", {})
            body = {**ABROAD, "destination": REFUSES}
            done = await ended(world, await asked(world, "/v1/transfers", body))
            after = await world.control("PUT", "/wallets/tmoney/22890112233", {})

            assert done["status"] == "refunded"
            assert (done["refund"]["amount"], done["refund"]["currency"]) == (6_882, "XOF")
            assert after["balance"] == before["balance"]
            assert await positions(world) == {}
            await world.assert_in_agreement()

    run(story())


def test_who_fixes_what_is_paid_names_the_payers_currency(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            paid = {**ABROAD, "amount": 6_882, "currency": "XOF", "fixed": "debit"}
            quote = await asked(world, "/v1/quotes", paid)
            assert quote["debit"] == {"amount": 6_882, "currency": "XOF"}
            assert quote["credit"] == {"amount": 2_000, "currency": "DJF"}

            for wrong in ({**paid, "currency": "DJF"}, {**ABROAD, "currency": "XOF"}):
                answer, refusal = await world.ask("POST", "/v1/quotes", wrong)
                assert (answer.status, refusal["code"]) == (422, "currency_mismatch")
                assert refusal["param"] == "currency"
                assert refusal["user_message"]["fr"]
                assert refusal["user_message"]["en"]

    run(story())


def test_each_side_keeps_its_own_operators_limits(tmp_path: Path, run: Run) -> None:
    """The recipient's operator moves whole Djibouti francs, the payer's whole francs CFA."""

    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            switch = world.switch
            here, there = switch.profile("tmoney"), switch.profile("dmoney")
            for amount, most, refuses in ((20, 2_000, "tmoney"), (2_001, 2_000, "dmoney")):
                small = replace(there, limits=Limits(djf(10), djf(most)))
                with pytest.raises(AmountOutOfRange, match=f"^{refuses} moves"):
                    price_transfer(switch, here, small, djf(amount), Fixed.CREDIT, merchant="mer_1")
            assert price_transfer(
                switch, here, small, djf(2_000), Fixed.CREDIT, merchant="mer_1"
            ).conversion

    run(story())


def test_where_no_rate_is_in_force_the_pair_is_not_offered(tmp_path: Path, run: Run) -> None:
    past = {"valid_from": "2020-01-01T00:00Z", "valid_until": "2021-01-01T00:00Z"}
    settings = quick_settings(rates=[{**RATE, **past, "source": "of the past"}])

    async def story() -> None:
        async with small_world(tmp_path, settings=settings) as world:
            answer, refusal = await world.ask("POST", "/v1/quotes", ABROAD)
            assert (answer.status, refusal["code"]) == (422, "currency_pair_not_offered")
            assert refusal["param"] == "currency"

    run(story())


def test_a_quote_holds_where_its_rate_has_ended_meanwhile(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            quote = await asked(world, "/v1/quotes", ABROAD)
            world.switch.rates = ()
            answer, _ = await world.ask("POST", "/v1/transfers", ABROAD, key="k0")
            assert answer.status == 422

            done = await ended(world, await asked(world, "/v1/transfers", {"quote": quote["id"]}))
            assert (done["status"], done["quote"]["rate"]) == ("completed", RATE)

    run(story())


def test_a_float_that_cannot_pay_refuses_before_anything_is_debited(
    tmp_path: Path, run: Run
) -> None:
    """I-09: the float is counted in its own currency, under any concurrency."""

    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            taken = djf((await world.balances())["float:dmoney"] - 2_500)
            drained = entry(
                "drained",
                debits=[(accounts.capital(DJF), taken)],
                credits_=[(accounts.float_at("dmoney", DJF), taken)],
            )
            await world.switch.recorder.record(Addition("drain", (drained,), NOON))
            answers = await asyncio.gather(
                *(asked(world, "/v1/transfers", abroad_from(n), key=f"k{n}") for n in range(3))
            )

            accepted = [one for one in answers if "id" in one]
            refused = [one["code"] for one in answers if "id" not in one]
            assert (len(accepted), refused) == (1, ["float_too_low"] * 2)
            assert (await ended(world, accepted[0]))["status"] == "completed"
            made = await world.control("GET", "/journal?operator=tmoney")
            assert [one["amount"] for one in made["data"]] == [6_882]

    run(story())


def test_the_entries_of_a_transfer_abroad_balance_in_each_currency(
    tmp_path: Path, run: Run
) -> None:
    """I-01."""

    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            done = await ended(world, await asked(world, "/v1/transfers", ABROAD))
            found, _ = await ledger.entries(world.switch.store, part=Page(), movement=done["id"])
            assert [one.cause for one in found] == [
                *("credit.succeeded", "debit.succeeded", "reserved")
            ]
            for one in found:
                for currency in ("XOF", "DJF"):
                    assert sum(x.amount for x in one.lines if x.currency == currency) == 0
            shown = (await world.ask("GET", f"/v1/ledger/entries?movement={done['id']}"))[1]
            assert "liquidity:DJF" in json.dumps(shown)

    run(story())


HOME = {"source": DMONEY, "destination": TMONEY, "amount": 5_000, "currency": "XOF"}


async def pay_on_the_page(world: World, opened: Mapping[str, Any]) -> None:
    """The payer walks D-Money's page over HTTP, and types his number and his PIN there."""
    walker = Walker(world.network)
    await walker.open(opened["next_action"]["url"])
    await walker.press("pay", phone="77112233", pin="1234")


def test_a_payer_on_d_moneys_page_pays_a_wallet_in_togo(tmp_path: Path, run: Run) -> None:
    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            opened = await asked(world, "/v1/transfers", HOME)
            assert opened["next_action"]["type"] == "redirect"
            await pay_on_the_page(world, opened)
            done = await ended(world, opened)

            assert done["status"] == "completed"
            # 5 000 / (3.355397 x 0.985) = 1 512.8; worth 1 490.2; no fee is set for DJF
            assert (done["debit"]["amount"], done["debit"]["currency"]) == (1_513, "DJF")
            assert (done["credit"]["amount"], done["credit"]["currency"]) == (5_000, "XOF")
            assert await positions(world) == {
                "liquidity:DJF": 1_491,
                "liquidity:XOF": -5_000,
                "fx_margin:DJF": 22,
            }
            await world.assert_in_agreement()

    run(story())


def test_a_payer_of_d_money_has_all_of_it_back_when_togo_refuses(tmp_path: Path, run: Run) -> None:
    """I-06, I-07: by D-Money's own refund, of its own francs."""

    async def story() -> None:
        async with two_currencies(tmp_path) as world:
            refuses = {**HOME, "destination": {**TMONEY, "msisdn": "90 11 22 14"}}
            opened = await asked(world, "/v1/transfers", refuses)
            await pay_on_the_page(world, opened)
            done = await ended(world, opened)

            assert done["status"] == "refunded"
            assert (done["refund"]["amount"], done["refund"]["currency"]) == (1_513, "DJF")
            assert await positions(world) == {}
            await world.assert_in_agreement()

    run(story())
