"""What `cross demo` does: movements and orders, and after each a look at everybody's books."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cross.cli import agreement, demo_walk, receiver
from cross.cli.agreement import Check, Sight, Wallet
from cross.cli.following import until_final
from cross.cli.legs import legs_of
from cross.cli.starting import Sandbox
from cross.storage import ledger as stored
from cross.storage.ledger import StoredEntry
from cross.storage.pages import Page

PATIENCE_SECONDS: Final = 60.0
WEBHOOKS_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One movement that is asked for, how it must end, and what people are told of it.

    `payer` is the wallet with which somebody walks through the pages of an order.
    """

    name: str
    fr: str
    en: str
    path: str
    body: Mapping[str, Any]
    ends: str
    payer: Wallet | None = None


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
    Scene(
        "transfer_abroad",
        "Transfert vers Djibouti : d'un portefeuille TMoney à un portefeuille D-Money",
        "Transfer to Djibouti: from a TMoney wallet to a D-Money wallet",
        "/v1/transfers",
        {
            "source": _from("tmoney", "93 44 55 66"),
            "destination": _from("dmoney", "77 11 22 33"),
            "amount": 2_000,
            "currency": "DJF",
        },
        "completed",
    ),
    Scene(
        "order_tmoney_online",
        "Commande : 1 500 F payés sur la page de TMoney Online",
        "Order: 1 500 F paid on TMoney Online's page",
        "/v1/orders",
        {"amount": 1_500, "title": "Boutique Afi"},
        "succeeded",
        Wallet("tmoney-online", "22890556677"),
    ),
    Scene(
        "order_dmoney",
        "Commande : 3 000 Fdj payés sur la page de D-Money",
        "Order: 3 000 Fdj paid on D-Money's page",
        "/v1/orders",
        {"amount": 3_000, "currency": "DJF", "title": "Boutique Houda"},
        "succeeded",
        Wallet("dmoney", "25377445566"),
    ),
)

WALLETS: Final = (
    Wallet("tmoney", "22890112233"),
    Wallet("tmoney", "22891778899"),
    Wallet("tmoney", "22892334455"),
    Wallet("flooz", "22896112233"),
    Wallet("flooz", "22897445566"),
    Wallet("flooz", "22898223314"),
    Wallet("tmoney", "22893445566"),
    Wallet("dmoney", "25377112233"),
    Wallet("tmoney-online", "22890556677"),
    Wallet("dmoney", "25377445566"),
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
    pages: Sequence[str] = ()


async def play(sandbox: Sandbox) -> AsyncIterator[Played]:
    """One scene after the other, each with what it left in all the books."""
    before = await agreement.look(sandbox, WALLETS)
    for number, scene in enumerate(SCENES, 1):
        began_at = asyncio.get_running_loop().time()
        movement, pages = await _act(sandbox, scene, reference=f"DEMO-{number}")
        seconds = asyncio.get_running_loop().time() - began_at
        after = await agreement.look(sandbox, WALLETS)
        entries, _ = await stored.entries(
            sandbox.switch.store, part=Page(limit=100), movement=movement["id"]
        )
        in_order = entries[::-1]
        checks = [
            Check("status", movement["object"], scene.ends, movement["status"]),
            *await agreement.compare(
                sandbox.simulators, movement, before, after, payer=scene.payer
            ),
            *agreement.balances_of(in_order),
        ]
        yield Played(scene, movement, in_order, before, after, checks, seconds, pages)
        before = after


async def _act(
    sandbox: Sandbox, scene: Scene, *, reference: str
) -> tuple[Mapping[str, Any], Sequence[str]]:
    """The movement once it is final, and the pages that its payer walked through."""
    body = {"currency": "XOF", **scene.body, "reference": reference}
    pages: Sequence[str] = ()
    asked = await sandbox.api.open(scene.path, body, key=None)
    if scene.payer is not None:
        pages = await demo_walk.pay_order(sandbox.simulators, asked["checkout_url"], scene.payer)
        order = await sandbox.api.get(f"/v1/orders/{asked['id']}")
        asked = await sandbox.api.get(f"/v1/collections/{order['attempts'][-1]['id']}")
    movement = await until_final(sandbox.api, asked, seconds=PATIENCE_SECONDS, seen=lambda _: None)
    return movement, pages


async def conclude(sandbox: Sandbox, story: Sequence[Played]) -> list[Check]:
    """What holds over all that was done."""
    done = dict.fromkeys(sandbox.switch.profiles, 0)
    for played in story:
        for leg in legs_of(played.movement):
            done[leg.operator] += leg.status == "succeeded"
    return [
        *await agreement.effects(sandbox.simulators, done),
        *await _webhooks(sandbox),
        *await agreement.verify(sandbox.switch.store),
    ]


async def _webhooks(sandbox: Sandbox) -> list[Check]:
    """Whether the merchant's server received all that happened, signed as it should be."""
    told = [one["id"] async for one in sandbox.api.every("/v1/events", {})]
    came = await receiver.until_received(sandbox.simulators, told, seconds=WEBHOOKS_SECONDS)
    verified = {one["id"] for one in came if one["verified"]}
    doubted = sum(not one["verified"] for one in came)
    return [
        Check("webhooks", "webhooks", len(told), len(verified)),
        Check("doubted", "webhooks", 0, doubted),
    ]
