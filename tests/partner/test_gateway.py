"""The gateway's promises beside the recorded exchanges."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from structlog.testing import capture_logs

from cross.gateway_settings import MbankingSettings
from cross.partner import access
from cross.partner.access import Access, NotSignedIn, TooManyGuesses
from cross.partner.app import ROUTES
from cross.passwords import Passwords
from cross.switch import limits, merchants
from cross.switch.limits import KeyLimit, SourceLimit
from tests.conftest import NewStore
from tests.partner.bank import MERCHANTID, PASSWORD, Bank, order, with_bank
from tests.world import MERCHANT, SECRET, until


def test_one_id_moves_money_once_whatever_comes_together(
    tmp_path: Path, new_store: NewStore
) -> None:
    """S-BNK-02, I-27: on both engines."""

    async def promise(bank: Bank) -> None:
        asked = [
            *(bank.ask("/mbanking/v2/credit", order("R-1", montant=100 + n)) for n in range(5)),
            *(bank.ask("/mbanking/v2/debit", order("R-1")) for _ in range(5)),
            *(
                bank.old(
                    "/mbanking/v1/credit",
                    client="22890112201",
                    amount="700",
                    currency="952",
                    referenceid="R-1",
                )
                for _ in range(5)
            ),
        ]
        told = [content for _, content in await asyncio.gather(*asked)]
        codes = [one.get("code") or one["result"] for one in told]
        assert sorted(codes)[1:] == ["4001"] * 14
        journal = await bank.world.control("GET", "/journal?operator=tmoney")
        assert len(journal["data"]) == 1

    with_bank(tmp_path, promise, store=new_store())


def test_a_credit_without_an_answer_waits_and_is_called_back(tmp_path: Path) -> None:
    """An unknown outcome is EN ATTENTE, never ECHEC, in both versions (I-23)."""

    async def promise(bank: Bank) -> None:
        _, told = await bank.ask("/mbanking/v2/credit", order("R-1", numeroClient="22890112218"))
        assert (told["code"], told["statutRequete"]) == ("2000", "EN ATTENTE")
        client = {"client": "22890112318", "amount": "500", "currency": "952"}
        _, old = await bank.old("/mbanking/v1/credit", referenceid="R-2", **client)
        assert old["result"] == "2000"
        await until(lambda: len(bank.receiver.bodies) == 2)
        for body in bank.receiver.bodies:
            assert (body["code"], body["statutRequete"]) == ("2002", "SUCCES")
            assert body["typeRequete"] == "CREDIT"
        _, told = await bank.ask("/mbanking/v2/credit", order("R-3"))
        assert told["statutRequete"] == "SUCCES"
        await bank.world.network.settle()
        assert len(bank.receiver.bodies) == 2  # what was answered is not told again

    with_bank(tmp_path, promise, wait_seconds=0.01)


def test_a_bank_that_does_not_hear_is_told_again(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        bank.receiver.status = 503
        await bank.ask("/mbanking/v2/debit", order("R-1"))
        await until(lambda: len(bank.receiver.bodies) == 1)
        bank.receiver.status = 200
        await until(lambda: len(bank.receiver.bodies) == 2)
        first, again = bank.receiver.bodies
        assert first == again

    with_bank(tmp_path, promise)


def test_a_password_in_a_query_reaches_no_log(tmp_path: Path) -> None:
    """S-IN-08, S-LOG-02."""

    async def promise(bank: Bank) -> None:
        with capture_logs() as lines:
            for secret in (PASSWORD, "faux-mot-de-passe"):
                await bank.get(
                    "/mbanking/v1/credit",
                    merchantid=MERCHANTID,
                    password=secret,
                    client="22890112201",
                    amount="500",
                    currency="952",
                    referenceid=f"R-{len(secret)}",
                )
            await bank.get("/mbanking/v1/nowhere", password=PASSWORD)
        text = json.dumps(lines, default=str)
        assert lines
        for secret in ("mot+de+passe", "mot de passe", "faux-mot", "22890112201", "?"):
            assert secret not in text
        kept = [line.seen for line in bank.world.switch.request_logs.newest()]
        assert all("?" not in seen.path for seen in kept)

    with_bank(tmp_path, promise)


def test_guessing_is_slowed_and_the_bank_itself_is_not(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        statuses = [(await bank.log_in(motDePasse=f"guess {n}"))[0] for n in range(12)]
        assert set(statuses) == {401, 429}
        status, _ = await bank.log_in()  # right a moment ago: remembered
        assert status == 200
        answers = await asyncio.gather(
            *(bank.old("/mbanking/v1/check", referenceid=f"R-{n}") for n in range(50))
        )
        assert {status for status, _ in answers} == {200}

    with_bank(tmp_path, promise)


def test_strangers_who_guess_lock_no_bank_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From elsewhere, and for so long that what was right a moment ago is forgotten."""

    async def promise(bank: Bank) -> None:
        switch = bank.world.switch
        gate = Access(switch, MbankingSettings())
        now = 1_000.0
        for module in (access, limits):
            monkeypatch.setattr(module, "monotonic_seconds", lambda: now)

        async def is_let_in(password: str, peer: str) -> bool | None:
            try:
                await gate.with_password(bank.partner, password, peer=peer)
            except NotSignedIn:
                return False
            except TooManyGuesses:
                return None
            return True

        assert await is_let_in(PASSWORD, "192.0.2.1")
        now += access.REMEMBERED_SECONDS + 1
        told = [await is_let_in(f"guess {n}", f"198.51.100.{n}") for n in range(7)]
        assert (told[0], told[-1]) == (False, None)
        assert await is_let_in(PASSWORD, "192.0.2.1")
        own = [await is_let_in(f"guess {n}", "192.0.2.1") for n in range(10)]
        assert own[-1] is None  # where it was right before, it is not guessed without end either

    with_bank(tmp_path, promise)


def test_passwords_hold_up_nobody_elses_payments(tmp_path: Path) -> None:
    """F-Y03: argon2 is slow in threads, a few at a time; the event loop goes on."""

    async def promise(bank: Bank) -> None:
        switch, begun, may_end = bank.world.switch, asyncio.Event(), asyncio.Event()

        async def stuck(*_: Any) -> bool:
            begun.set()
            await may_end.wait()
            return False

        switch.passwords = Passwords(stuck)
        guesses = asyncio.gather(*(bank.log_in(motDePasse=f"guess {n}") for n in range(9)))
        await begun.wait()
        _, told = await bank.ask("/mbanking/v2/credit", order("R-1"))
        assert told["statutRequete"] == "SUCCES"
        _, told = await bank.ask("/api/tmoney/credit", order("M-1"), token=f"Bearer {SECRET}")
        assert told["statutRequete"] == "SUCCES"
        may_end.set()
        assert {status for status, _ in await guesses} == {401, 429}

    with_bank(tmp_path, promise)


def test_a_merchant_uses_the_first_route_with_its_key(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        token = f"Bearer {SECRET}"
        _, told = await bank.ask("/api/tmoney/credit", order("M-1"), token=token)
        assert (told["code"], told["statutRequete"]) == ("2000", "SUCCES")
        _, told = await bank.ask("/api/tmoney/debit", order("M-1"), token=token)
        assert (told["code"], told["typeRequete"]) == ("4001", "CREDIT")
        _, told = await bank.ask("/api/tmoney/debit", order("M-2"), token=token)
        assert told["statutRequete"] == "EN ATTENTE"
        status, told = await bank.send("GET", "/api/tmoney/check/M-1", authorization=token)
        assert (status, told["total"], told["code"]) == (200, 1, "2002")
        _, told = await bank.ask("/mbanking/v2/check", {"idRequete": "M-1"})
        assert told["total"] == 0  # another's is nobody's
        status, _ = await bank.ask("/api/tmoney/credit", order("M-3"), token="sk_test_no")
        assert status == 401
        switch = bank.world.switch
        await until(lambda: not switch.live)

    with_bank(tmp_path, promise)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"idRequete":"A","IDREQUETE":"B"}',
        b'{"idRequete":"A","idRequete":"B"}',
        b'{"montant":NaN}',
        b'{"montant":1e400}',
        b'{"montant":1e99999999999999999999}',
        b"\xff",
        b"[" * 5000,
        b'{"idRequete":"a\\u0000b"}',
        b'{"idRequete":"R","numeroClient":"22890112201","montant":true,"refCommande":"C",'
        b'"dateHeureRequete":"2026-11-22 10:15:00"}',
        b'{"idRequete":["R"],"numeroClient":{},"montant":1,"refCommande":"C",'
        b'"dateHeureRequete":"2026-11-22 10:15:00"}',
    ],
)
def test_what_cannot_be_understood_is_5000_and_moves_nothing(tmp_path: Path, body: bytes) -> None:
    async def promise(bank: Bank) -> None:
        status, told = await bank.send(
            "POST", "/mbanking/v2/credit", body, authorization=bank.token
        )
        assert (status, told["code"], told["statutRequete"]) == (200, "5000", "ECHEC")
        assert not bank.world.switch.live

    with_bank(tmp_path, promise)


def test_odd_requests_get_a_status_of_their_own(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        token = bank.token
        for method, path, status in (
            ("GET", "/mbanking/v2/credit", 405),
            ("POST", "/mbanking/v1/credit", 405),
            ("HEAD", "/mbanking/v1/credit", 405),
            ("GET", "/mbanking/", 404),
            ("GET", "/mbanking/v3/credit", 404),
        ):
            answer = await bank.answer(method, path, authorization=token)
            assert answer.status == status, path
        long = b'{"idRequete":"' + b"a" * 70_000 + b'"}'
        status, _ = await bank.send("POST", "/mbanking/v2/credit", long, authorization=token)
        assert status == 413

    with_bank(tmp_path, promise)


def test_the_document_can_be_imported_and_names_every_address(tmp_path: Path) -> None:
    async def promise(bank: Bank) -> None:
        status, document = await bank.send("GET", "/mbanking/openapi.json")
        assert status == 200
        validate(document)
        told = {
            (path, method.upper()) for path, item in document["paths"].items() for method in item
        }
        served = {(path, method) for path, handlers in ROUTES.items() for method in handlers}
        assert told == served - {("/mbanking/openapi.json", "GET")}

    with_bank(tmp_path, promise)


def test_a_key_opens_the_first_route_no_wider_than_the_api(tmp_path: Path) -> None:
    """S-API-08: a suspended merchant, calls without end, and guesses are refused here too."""

    async def promise(bank: Bank) -> None:
        switch, token = bank.world.switch, f"Bearer {SECRET}"
        ask = partial(bank.send, "GET", "/api/tmoney/check/M-1")
        assert (await ask(authorization=token))[0] == 200
        await merchants.suspend(switch, MERCHANT, who="ama")
        assert (await ask(authorization=token))[1]["description"] == "Partenaire suspendu"
        await merchants.reinstate(switch, MERCHANT, who="ama")
        switch.key_limit = KeyLimit(apart_seconds=1_000)
        statuses = [(await ask(authorization=token))[0] for _ in range(2)]
        assert statuses == [200, 429]
        switch.stranger_limit = SourceLimit(apart_seconds=4)
        guesses = [(await ask(authorization=f"Bearer sk_test_{n}"))[0] for n in range(3)]
        assert guesses == [401, 401, 429]

    with_bank(tmp_path, promise)
