"""Two merchants at the real API as long as Hypothesis likes, and a dictionary that knows better.

The world is real but for its network: the switch, its books in a file or in PostgreSQL, simulated
operators. After each rule everything comes to rest, and dictionary and world are compared.
"""

import asyncio
import json
import secrets
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cross.bootstrap import Surroundings, close_switch, front_door, open_switch
from cross.clock import system_clock
from cross.domain.operator import RawCallback
from cross.outbound import HttpRequest
from cross.storage.sqlite import SqliteStore, in_line
from cross.storage.store import ApiKeyRow, MerchantRow, Store
from cross.switch import callbacks
from cross.switch.keys import SCOPES, hash_of
from tests.world import MERCHANT, SECRET, SWITCH_ADDRESS, World, quick_settings, small_world, until

T = TypeVar("T")
Known = dict[str, Any]

OTHER: Final = "mer_01J0THER0THER0THER0THER0TH"
SECRETS: Final = {MERCHANT: SECRET, OTHER: "sk_test_other"}
PATHS: Final = ("/v1/transfers", "/v1/collections", "/v1/payouts")
ENDINGS: Final = ("01", "02", "03", "09", "12", "13", "14", "33")
AMOUNTS: Final = (100, 5_000, 5_001, 49_000_000)
NOTHING_THERE: Final = "col_01J0000000000000000000000X"
FINAL: Final = {"completed", "refunded", "failed", "succeeded", "expired", "canceled"}

merchants = st.sampled_from([MERCHANT, OTHER])
paths = st.sampled_from(PATHS)
keys = st.sampled_from(["k1", "k2", "k3", "k4"])
references = st.sampled_from([None, None, "CMD-1", "CMD-2"])
amounts = st.sampled_from(AMOUNTS)
endings = st.sampled_from(ENDINGS)
places = st.integers(0, 10**6)


class Tills(RuleBasedStateMachine):
    """What two merchants and anybody else can do, in any order."""

    new_store: Callable[[Path], Store]
    played: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[tuple[str, str], tuple[str, Known, str]] = {}
        self.references: dict[tuple[str, str, str], str] = {}
        self.movements: dict[str, tuple[str, str]] = {}
        self.ended: dict[str, Known] = {}
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.settings = quick_settings(only=("tmoney", "flooz"), limits={})

    @initialize()
    def open(self) -> None:
        """A world with a second merchant, who has nothing."""
        folder = Path(self.folder.name)
        self.opened: AbstractAsyncContextManager[World] = small_world(
            folder, settings=self.settings, store=self.new_store(folder)
        )
        self.world = self.run(self.opened.__aenter__())
        now = self.world.switch.clock()
        key = ApiKeyRow("key_other", OTHER, False, hash_of(SECRETS[OTHER]), SCOPES, now)  # noqa: FBT003  by place
        self.run(self.world.switch.store.add_merchant(MerchantRow(OTHER, "Autre", now), key))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine."""
        return self.runner.run(work)

    def teardown(self) -> None:
        """Closes the world."""
        if hasattr(self, "opened"):
            self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    @rule(
        merchant=merchants, path=paths, key=keys, amount=amounts, ending=endings, named=references
    )
    def move(  # noqa: PLR0913, PLR0917  what may differ between two requests
        self, merchant: str, path: str, key: str, amount: int, ending: str, named: str | None
    ) -> None:
        """Asks for a movement, under a key that may have been used."""
        body = _body(path, amount, ending)
        if named is not None:
            body["reference"] = named
        self._ask(merchant, path, key, body)

    @rule(merchant=merchants, key=keys, place=places)
    def ask_again(self, merchant: str, key: str, place: int) -> None:
        """The same request as before, from its merchant or from the other one."""
        if self.keys:
            path, body, _ = list(self.keys.values())[place % len(self.keys)]
            self._ask(merchant, path, key, body)

    @rule(key=keys, place=places, amount=st.sampled_from([None, 1, 100, 2_500, 5_000]))
    def refund(self, key: str, place: int, amount: int | None) -> None:
        """Gives a collection back, or tries to: anybody's, in any state, any amount."""
        collections = [one for one in self.movements if one.startswith("col_")]
        if not collections:
            return
        found = collections[place % len(collections)]
        body: Known = {"collection": found}
        if amount is not None:
            body |= {"amount": amount, "currency": "XOF"}
        self._ask(self.movements[found][0], "/v1/refunds", key, body)

    @rule(place=places, what=st.sampled_from(["recheck", "cancel"]))
    def press(self, place: int, what: str) -> None:
        """Rechecks or cancels what may be final."""
        found = self._some(place)
        if found is None:
            return
        merchant, path = self.movements[found]
        status, _, _ = self._call("POST", f"{path}/{found}/{what}", merchant)
        assert status in (200, 404, 405, 409)

    @rule(place=places, operator=st.sampled_from(["tmoney", "flooz"]))
    def forge(self, place: int, operator: str) -> None:
        """Somebody calls back with a success that he made up (I-37)."""
        rows = self.run(self.world.switch.store.rows("SELECT reference FROM legs", {}))
        if not rows:
            return
        reference = sorted(row[0] for row in rows)[place % len(rows)]
        said = {"idRequete": reference, "statutRequete": "SUCCES", "code": "2002"}
        said |= {"mrchrefid": reference, "status": "0", "montant": 1}
        callback = RawCallback("POST", "", (), json.dumps(said).encode(), "192.0.2.9")
        self.run(callbacks.receive(self.world.switch, operator, callback))

    @rule(place=places)
    def replay_a_notification(self, place: int) -> None:
        """Something that an operator really said comes again, later."""
        sql = "SELECT operator, method, query, body FROM callbacks"
        rows = self.run(self.world.switch.store.rows(sql, {}))
        if rows:
            row = sorted(rows, key=repr)[place % len(rows)]
            callback = RawCallback(row[1], row[2], (), bytes(row[3]), "127.0.0.1")
            self.run(callbacks.receive(self.world.switch, row[0], callback))

    @rule()
    def restart(self) -> None:
        """The process ends as it should, and another opens the same books."""

        async def reopened() -> None:
            world, folder = self.world, Path(self.folder.name)
            await close_switch(world.switch, world.worker)
            settings = self.settings.model_copy(update={"master_key_file": folder / "master.key"})
            around = Surroundings(
                system_clock, secrets.randbits, world.network, self.new_store(folder)
            )
            world.switch, world.worker = await open_switch(settings, around)
            routes: Any = world.network._routes
            routes[SWITCH_ADDRESS] = front_door(world.switch, settings)

        self.run(reopened())

    @rule(place=places)
    def look_at_the_others(self, place: int) -> None:
        """I-40: what is another's is not there, in the same words as what never was."""
        found = self._some(place)
        if found is None:
            return
        merchant, path = self.movements[found]
        stranger = OTHER if merchant == MERCHANT else MERCHANT
        nothing = found.partition("_")[0] + NOTHING_THERE[3:]
        theirs = self._call("GET", f"{path}/{found}", stranger)
        nobodys = self._call("GET", f"{path}/{nothing}", stranger)
        assert theirs[0] == nobodys[0] == 404
        assert {**theirs[2], "request_id": ""} == {**nobodys[2], "request_id": ""}

    @invariant()
    def books_and_dictionary_agree(self) -> None:
        """I-01 to I-07, I-10, I-11, I-20, I-30, I-33: at rest, after each rule."""
        if not hasattr(self, "world"):
            return
        Tills.played += 1
        self.run(self._at_rest())
        self.run(self.world.assert_in_agreement())
        assert self._stored() == len(self.movements)
        for found, (merchant, path) in self.movements.items():
            if found in self.ended:
                continue
            status, _, content = self._call("GET", f"{path}/{found}", merchant)
            assert status == 200
            assert content["status"] in FINAL, content
            self.ended[found] = content
        self.run(_no_entry_twice(self.world))

    async def _at_rest(self) -> None:
        switch = self.world.switch
        await until(lambda: not switch.live)
        await self.world.network.settle()
        await until(lambda: not switch.tasks and not switch.is_looking)

    def _ask(self, merchant: str, path: str, key: str, body: Known) -> None:
        before = self._stored()
        status, headers, content = self._call("POST", path, merchant, body, key)
        earlier = self.keys.get((merchant, key))
        if earlier is not None and earlier[:2] == (path, body):
            assert (status, content["id"]) == (202, earlier[2])  # I-28
            assert headers["idempotent-replayed"] == "true"
            assert content == self.ended[earlier[2]]
        elif earlier is not None:
            assert (status, content["code"]) == (422, "idempotency_key_reused")  # I-29
        elif status == 202:
            self._opened(merchant, path, key, body, content)
            before += 1
        else:
            assert 400 <= status < 500, content  # I-31: nothing was accepted, and nothing is there
        assert self._stored() == before

    def _opened(self, merchant: str, path: str, key: str, body: Known, content: Known) -> None:
        assert content["id"] not in self.movements
        self.movements[content["id"]] = (merchant, path)
        self.keys[(merchant, key)] = (path, body, content["id"])
        if "reference" in body:
            named = (merchant, path, body["reference"])
            assert named not in self.references  # I-30
            self.references[named] = content["id"]

    def _some(self, place: int) -> str | None:
        found = list(self.movements)
        return found[place % len(found)] if found else None

    def _stored(self) -> int:
        rows = self.run(self.world.switch.store.rows("SELECT count(*) FROM movements", {}))
        return int(rows[0][0])

    def _call(
        self, method: str, path: str, merchant: str, body: Any = None, key: str | None = None
    ) -> tuple[int, dict[str, str], Any]:
        headers = [("Authorization", f"Bearer {SECRETS[merchant]}")]
        headers.append(("Content-Type", "application/json"))
        if key is not None:
            headers.append(("Idempotency-Key", key))
        content = b"" if body is None else json.dumps(body).encode()
        request = HttpRequest(method, SWITCH_ADDRESS + path, tuple(headers), content)
        answer = self.run(self.world.network.send(request))
        return answer.status, dict(answer.headers), json.loads(answer.body)


async def _no_entry_twice(world: World) -> None:
    sql = "SELECT movement, cause FROM entries WHERE movement IS NOT NULL"
    rows = [tuple(row) for row in await world.switch.store.rows(sql, {})]
    assert len(rows) == len(dict.fromkeys(rows))


def _body(path: str, amount: int, ending: str) -> Known:
    payer = "01" if ending == "14" and path == "/v1/transfers" else ending  # he gets it back
    tmoney = {"operator": "tmoney", "msisdn": f"901122{payer}"}
    flooz = {"operator": "flooz", "msisdn": f"961122{ending}"}
    if path == "/v1/transfers":
        return {"source": tmoney, "destination": flooz, "amount": amount, "currency": "XOF"}
    return {**(flooz if path == "/v1/collections" else tmoney), "amount": amount, "currency": "XOF"}


def sqlite(folder: Path) -> Store:
    """Books in a file of that folder."""
    return SqliteStore(
        folder / "books.db",
        clock=system_clock,
        writer=in_line,
        reader=in_line,
        synchronous="OFF",
    )
