"""A day's position, in CSV and camt.053: its totals are the ledger's, line by line."""

import asyncio
import csv
import io
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cross.domain import accounts
from cross.domain.money import XOF
from cross.domain.position import DayNotOver, Position
from cross.switch.camt053 import NAMESPACE, camt053_of
from cross.switch.position_csv import csv_of
from cross.switch.positions import position_of
from tests.conftest import NewStore
from tests.world import MERCHANT, World, small_world, until

PAID = (("96112201", 1_000), ("96112205", 2_000), ("96112203", 700))
"""Payouts: one paid, one refused, one more paid."""


async def _one(world: World, path: str, msisdn: str, amount: int) -> str:
    body: dict[str, Any] = {"amount": amount, "currency": "XOF", "operator": "flooz"}
    key = f"{path}-{msisdn}-{amount}"
    answer, content = await world.ask("POST", path, {**body, "msisdn": msisdn}, key=key)
    assert answer.status == 202, content
    return str(content["id"])


async def _busy_day(world: World) -> Position:
    """A deposit, payouts that succeed and fail, a collection; then midnight passes."""
    ids = [await _one(world, "/v1/payouts", msisdn, amount) for msisdn, amount in PAID]
    ids.append(await _one(world, "/v1/collections", "97445501", 5_000))
    await until(lambda: not any(one in world.switch.live for one in ids))
    now = world.switch.clock()
    world.switch.clock = lambda: now + timedelta(days=1)
    return await position_of(world.switch, MERCHANT, XOF, now.date())


def _position(folder: Path, store: NewStore) -> tuple[Position, dict[str, int]]:
    async def run() -> tuple[Position, dict[str, int]]:
        async with small_world(folder, store=store()) as world:
            return await _busy_day(world), dict(await world.balances())

    return asyncio.run(run())


def test_a_position_tells_what_the_ledger_holds(tmp_path: Path, new_store: NewStore) -> None:
    position, books = _position(tmp_path, new_store)
    held = books[accounts.available_to(MERCHANT, XOF).name]
    held += books.get(accounts.reserved_for(MERCHANT, XOF).name, 0)

    assert position.opening == 0
    assert position.closing == held
    assert position.reserved == 0
    amounts = sorted(line.amount for line in position.lines)
    assert amounts[:2] == [-1_000, -700]  # the refused one left no line
    assert 5_000 in amounts
    assert sum(amounts) == held


def test_the_day_of_today_is_not_drawn_up(tmp_path: Path) -> None:
    async def run() -> None:
        async with small_world(tmp_path) as world:
            with pytest.raises(DayNotOver):
                await position_of(world.switch, MERCHANT, XOF, world.switch.clock().date())

    asyncio.run(run())


def test_the_csv_adds_up_line_by_line(tmp_path: Path, new_store: NewStore) -> None:
    position, _ = _position(tmp_path, new_store)
    rows = list(csv.DictReader(io.StringIO(csv_of(position))))
    balance = int(rows[0]["balance"])
    for row in rows[1:-2]:
        balance += int(row["amount"])
        assert int(row["balance"]) == balance
    assert rows[-2]["line"] == "closing"
    assert int(rows[-2]["balance"]) == balance == position.closing
    assert [row["line"] for row in rows] == [
        "opening",
        *map(str, range(1, len(position.lines) + 1)),
        "closing",
        "reserved",
    ]


def test_the_camt_053_adds_up_and_names_every_line(tmp_path: Path, new_store: NewStore) -> None:
    position, _ = _position(tmp_path, new_store)
    document = ET.fromstring(camt053_of(position))  # noqa: S314  written by the line above
    names = {"c": NAMESPACE}

    def signed(element: ET.Element) -> int:
        direction = element.findtext("c:CdtDbtInd", namespaces=names)
        size = int(element.findtext("c:Amt", default="", namespaces=names))
        return size if direction == "CRDT" else -size

    statement = document.find("c:BkToCstmrStmt/c:Stmt", names)
    assert statement is not None
    opening, closing = (signed(balance) for balance in statement.findall("c:Bal", names))
    entries = statement.findall("c:Ntry", names)
    assert opening + sum(map(signed, entries)) == closing == position.closing
    counted = statement.findtext("c:TxsSummry/c:TtlNtries/c:NbOfNtries", namespaces=names)
    assert counted == str(len(entries)) == str(len(position.lines))
    went = statement.findtext("c:TxsSummry/c:TtlDbtNtries/c:Sum", namespaces=names)
    assert went == str(-sum(line.amount for line in position.went))
    order = [child.tag.partition("}")[2] for child in entries[0]]
    assert order == sorted(order, key=ENTRY_ORDER.index)  # a sequence in the schema


ENTRY_ORDER = [
    *("NtryRef", "Amt", "CdtDbtInd", "Sts", "BookgDt", "ValDt"),
    *("AcctSvcrRef", "BkTxCd", "NtryDtls"),
]
