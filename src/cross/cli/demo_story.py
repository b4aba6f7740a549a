"""What `cross demo` does: four movements, and after each a look at everybody's books."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross.cli import agreement
from cross.cli.agreement import Check, Sight, Wallet
from cross.cli.following import until_final
from cross.cli.legs import legs_of
from cross.cli.starting import Sandbox
from cross.storage import ledger as stored
from cross.storage.ledger import StoredEntry
from cross.storage.movements import Page

PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One movement that is asked for, how it must end, and what people are told of it."""

    name: str
    fr: str
    en: str
    path: str
    body: Mapping[str, Any]
    ends: str


def _from(operator: str, msisdn: str) -> dict[str, str]:
    return {"operator": operator, "msisdn": msisdn}


# Numbers of nobody; how they end: sandbox.md section 3. Those that end in 14 refuse a credit.
SCENES: Final = (
    Scene(
        "transfer",
        "Transfert : 5 000 F d'un portefeuille TMoney à un portefeuille Flooz",
        "Transfer: 5 000 F from a TMoney wallet to a Flooz wallet",
        "/v1/transfers",
        {
            "source": _from("tmoney", "90 11 22 33"),
            "destination": _from("flooz", "96 11 22 33"),
            "amount": 5_000,
        },
        "completed",
    ),
    Scene(
        "collection",
        "Encaissement : un portefeuille Flooz paie 12 500 F au marchand",
        "Collection: a Flooz wallet pays 12 500 F to the merchant",
        "/v1/collections",
        {**_from("flooz", "97 44 55 66"), "amount": 12_500},
        "succeeded",
    ),
    Scene(
        "payout",
        "Paiement : le marchand paie 3 000 F à un portefeuille TMoney",
        "Payout: the merchant pays 3 000 F to a TMoney wallet",
        "/v1/payouts",
        {**_from("tmoney", "91 77 88 99"), "amount": 3_000},
        "succeeded",
    ),
    Scene(
        "refunded_transfer",
        "Transfert refusé à l'arrivée : le payeur est remboursé de lui-même",
        "Transfer refused on arrival: the payer gets the money back by itself",
        "/v1/transfers",
        {
            "source": _from("tmoney", "92 33 44 55"),
            "destination": _from("flooz", "98 22 33 14"),
            "amount": 20_000,
        },
        "refunded",
    ),
)

WALLETS: Final = (
    Wallet("tmoney", "22890112233"),
    Wallet("tmoney", "22891778899"),
    Wallet("tmoney", "22892334455"),
    Wallet("flooz", "22896112233"),
    Wallet("flooz", "22897445566"),
    Wallet("flooz", "22898223314"),
)


@dataclass(frozen=True, slots=True)
class Played:
    """A scene as it went."""

    scene: Scene
    movement: Mapping[str, Any]
    entries: Sequence[StoredEntry]
    before: Sight
    after: Sight
    checks: Sequence[Check]
    seconds: float


async def play(sandbox: Sandbox) -> AsyncIterator[Played]:
    """One scene after the other, each with what it left in all the books."""
    before = await agreement.look(sandbox, WALLETS)
    for number, scene in enumerate(SCENES, 1):
        began_at = asyncio.get_running_loop().time()
        body = {**scene.body, "currency": "XOF", "reference": f"DEMO-{number}"}
        asked = await sandbox.api.open(scene.path, body, key=None)
        movement = await until_final(
            sandbox.api, asked, seconds=PATIENCE_SECONDS, seen=lambda _: None
        )
        seconds = asyncio.get_running_loop().time() - began_at
        after = await agreement.look(sandbox, WALLETS)
        entries, _ = await stored.entries(
            sandbox.switch.store, part=Page(limit=100), movement=movement["id"]
        )
        in_order = entries[::-1]
        checks = [
            Check("status", movement["object"], scene.ends, movement["status"]),
            *await agreement.compare(sandbox.simulators, movement, before, after),
            *agreement.balances_of(in_order),
        ]
        yield Played(scene, movement, in_order, before, after, checks, seconds)
        before = after


async def conclude(sandbox: Sandbox, story: Sequence[Played]) -> list[Check]:
    """What holds over all that was done."""
    done = dict.fromkeys(sandbox.switch.profiles, 0)
    for played in story:
        for leg in legs_of(played.movement):
            done[leg.operator] += leg.status == "succeeded"
    return [
        *await agreement.effects(sandbox.simulators, done),
        *await agreement.verify(sandbox.switch.store),
    ]
