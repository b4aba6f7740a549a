"""The control API shows and changes what sandbox.md section 2 says, or changes nothing."""

import pytest

from cross.simulation.settings import LostAnswer, SimulationSettings
from tests.simulators import flooz_client, tmoney_client
from tests.simulators.operators import WIRES, Wire
from tests.simulators.stage import IN_A_SECOND, Stage, play

PAYER = "22890112233"
PERSON = "22890112200"


def test_a_wallet_is_set_up_and_listed() -> None:
    async def act(stage: Stage) -> None:
        before = await stage.control("GET", "totals")
        wallet = {"balance": 5, "pin": "0000", "name": "Ama", "blocked": False}
        shown = await stage.control("PUT", f"wallets/tmoney/{PAYER}", wallet)
        assert shown == {"operator": "tmoney", "msisdn": PAYER, "currency": "XOF", **wallet}
        assert (await stage.control("GET", "wallets?operator=tmoney"))["data"] == [shown]
        assert (await stage.control("GET", "wallets?operator=flooz"))["data"] == []

        after = await stage.control("GET", "totals")
        assert after["tmoney"]["total"] == before["tmoney"]["total"] - 999_995
        await stage.control("PUT", f"wallets/tmoney/{PAYER}", {"balance": 1_000_000})
        assert await stage.control("GET", "totals") == before

    play(act)


def test_totals_stay_while_money_moves_and_wallets_open() -> None:
    async def act(stage: Stage) -> None:
        before = await stage.control("GET", "totals")
        await tmoney_client.debit(stage, "R1", PAYER)
        await flooz_client.credit(stage, "R2", "22896112233", 700)
        after = await stage.control("GET", "totals")

        assert after["tmoney"]["float"] == before["tmoney"]["float"] + 1500
        assert after["flooz"]["float"] == before["flooz"]["float"] - 700
        for name in ("tmoney", "flooz"):
            assert after[name]["total"] == before[name]["total"]
            assert after[name]["total"] == after[name]["wallets"] + after[name]["float"]

    play(act)


def test_a_float_is_set() -> None:
    async def act(stage: Stage) -> None:
        await stage.control("PUT", "partner/flooz", {"balance": 100})
        assert (await stage.control("GET", "partner/flooz"))["balance"] == 100
        refused = await flooz_client.credit(stage, "R1", "22896112233", 101)
        assert refused["status"] == "10"
        await stage.control("PUT", "partner/flooz", {"balance": 100_000_000})

    play(act)


@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_a_person_approves_with_a_pin(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        phone = wire.number("00")
        await wire.debit(stage, "R1", phone)
        handset = await stage.control("GET", f"handsets/{phone}")
        (prompt,) = handset["prompts"]
        assert (prompt["operator"], prompt["amount"]) == (wire.name, 1500)
        assert prompt["expires_at"] == "2026-11-22T12:02:00.000Z"

        path = f"handsets/{phone}/prompts/{prompt['id']}"
        wrong = await stage.control("POST", path, {"action": "approve", "pin": "9999"})
        assert (wrong["state"], wrong["pin_tries_left"]) == ("pending", 2)
        right = await stage.control("POST", path, {"action": "approve", "pin": "1234"})
        assert right["state"] == "paid"
        handset = await stage.control("GET", f"handsets/{phone}")
        assert handset["prompts"] == []
        assert handset["balances"][0]["balance"] == 998_500
        assert "1 500 XOF" in handset["sms"][0]["text"]
        assert (await stage.try_control("POST", path, {"action": "refuse"}))[0] == 404

    play(act)


@pytest.mark.parametrize("wire", WIRES, ids=str)
def test_a_person_refuses_or_forgets_the_pin(wire: Wire) -> None:
    async def act(stage: Stage) -> None:
        await stage.listen(wire.name)
        phone = wire.number("00")
        answers = [{"action": "approve", "pin": "9"}] * 3
        for reference, given in (("R1", [{"action": "refuse"}]), ("R2", answers)):
            await wire.debit(stage, reference, phone)
            handset = await stage.control("GET", f"handsets/{phone}")
            for answer in given:
                path = f"handsets/{phone}/prompts/{handset['prompts'][0]['id']}"
                decided = await stage.control("POST", path, answer)
            assert decided["state"] == "failed"
        assert (await stage.control("GET", f"wallets/{wire.name}/{phone}"))["blocked"]
        await stage.settle()
        assert len(stage.listener.heard) == 2
        assert await stage.journal() == []
        await wire.credit(stage, "R3", phone)
        assert await wire.state(stage, "R3", "credit") == "failed"

    play(act)


def test_a_person_may_be_quicker_than_the_number() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PAYER)
        handset = await stage.control("GET", f"handsets/{PAYER}")
        path = f"handsets/{PAYER}/prompts/{handset['prompts'][0]['id']}"
        await stage.control("POST", path, {"action": "refuse"})
        await stage.advance(200)
        assert (await tmoney_client.status(stage, "R1"))["statutRequete"] == "ECHEC"

    play(act, IN_A_SECOND)


def test_the_journal_is_read_by_operator_reference_and_place() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PAYER)
        await flooz_client.credit(stage, "R1", "22896112233")
        await tmoney_client.credit(stage, "R2", PAYER)

        assert [m["operator"] for m in await stage.journal()] == ["tmoney", "flooz", "tmoney"]
        assert [m["kind"] for m in await stage.journal(operator="tmoney")] == ["debit", "credit"]
        assert [m["operator"] for m in await stage.journal(reference="R1")] == ["tmoney", "flooz"]
        assert len(await stage.journal(operator="flooz", reference="R1")) == 1
        assert [m["reference"] for m in await stage.journal(since="2")] == ["R2"]
        assert [m["reference"] for m in await stage.journal(limit="1")] == ["R1"]
        assert await stage.journal(reference="R3") == []

    play(act)


def test_clients_are_registered_and_changed() -> None:
    async def act(stage: Stage) -> None:
        body = {
            "nomUtilisateur": "bank",
            "motDePasse": "s",
            "idPartenaire": "43",
            "callback_url": "https://bank.example/x",
            "allowed_networks": ["127.0.0.0/8"],
            "settings": {"tmoney.status_requires_auth": True},
        }
        await stage.control("PUT", "credentials/tmoney/bank", body)
        cross, bank = (await stage.control("GET", "credentials/tmoney"))["data"]
        assert (cross["name"], cross["nomUtilisateur"]) == ("cross", "cross")
        assert (bank["idPartenaire"], bank["callback_url"]) == ("43", "https://bank.example/x")
        assert bank["settings"]["status_requires_auth"]
        assert not cross["settings"]["status_requires_auth"]
        everyone = (await stage.control("GET", "credentials"))["data"]
        assert [c["name"] for c in everyone if c["operator"] == "flooz"] == ["cross"]

        await stage.control("PUT", "credentials/tmoney/bank", {"callback_url": ""})
        _, bank = (await stage.control("GET", "credentials/tmoney"))["data"]
        assert (bank["callback_url"], bank["nomUtilisateur"]) == (None, "bank")

    play(act)


def test_the_settings_of_our_own_switch_name_this_address() -> None:
    async def act(stage: Stage) -> None:
        settings = await stage.control("GET", "settings")
        assert settings["tmoney"]["debit_url"] == "http://simulators/tmoney"
        assert settings["flooz"]["base_url"] == "http://simulators/flooz"
        for name in settings:
            assert all(isinstance(value, str) for value in settings[name].values())

    play(act)


def test_a_reset_brings_everything_back_but_the_callback_address() -> None:
    async def act(stage: Stage) -> None:
        start = await stage.control("GET", "totals")
        await stage.listen("tmoney")
        await stage.control("PUT", "credentials/tmoney/bank", {})
        await stage.control("PUT", "partner/tmoney", {"balance": 1})
        await stage.control("PUT", "credentials/tmoney/cross", {"motDePasse": "x"})
        await stage.plant("flooz", "down")
        await stage.advance(1000)
        await stage.control("POST", "reset")

        assert await stage.control("GET", "totals") == start
        assert (await stage.control("GET", "faults"))["data"] == []
        assert (await stage.control("GET", "requests"))["data"] == []
        assert (await stage.control("GET", "clock"))["now"] == "2026-11-22T12:00:00.000Z"
        await tmoney_client.debit(stage, "R1", PAYER)
        await stage.advance(1)
        assert [body["refTmoney"] for body in stage.listener.bodies] == ["100000001"]
        assert len((await stage.control("GET", "credentials/tmoney"))["data"]) == 1

    play(act, IN_A_SECOND)


def test_an_open_prompt_does_not_survive_a_reset() -> None:
    async def act(stage: Stage) -> None:
        await tmoney_client.debit(stage, "R1", PERSON)
        await stage.control("POST", "reset")
        await stage.advance(500)
        assert (await stage.control("GET", f"handsets/{PERSON}"))["prompts"] == []
        assert await stage.journal() == []

    play(act)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "field"),
    [
        ("GET", "nothing", None, 404, None),
        ("DELETE", "wallets", None, 404, None),
        ("GET", "wallets?operator=orange", None, 404, "operator"),
        ("GET", "wallets?colour=1", None, 422, "colour"),
        ("GET", f"wallets/tmoney/{PAYER}", None, 404, "msisdn"),
        ("PUT", f"wallets/orange/{PAYER}", {}, 404, "operator"),
        ("PUT", "wallets/tmoney/abc", {}, 422, "msisdn"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"colour": 1}, 422, "colour"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"balance": -1}, 422, "balance"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"balance": 1.5}, 422, "balance"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"balance": True}, 422, "balance"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"balance": 5, "pin": 1234}, 422, "pin"),
        ("PUT", f"wallets/tmoney/{PAYER}", {"blocked": 1}, 422, "blocked"),
        ("PUT", f"wallets/tmoney/{PAYER}", [], 400, None),
        ("PUT", "partner/tmoney", {}, 422, "balance"),
        ("GET", "journal?since=x", None, 422, "since"),
        ("GET", "journal?operator=x", None, 404, "operator"),
        ("POST", f"handsets/{PAYER}/prompts/1", {"action": "approve"}, 404, "id"),
        ("POST", "callbacks/tmoney/R9/resend", None, 404, "reference"),
        ("POST", "clock", {}, 422, "advance_seconds"),
        ("POST", "clock", {"advance_seconds": -1}, 422, "advance_seconds"),
        ("POST", "clock", {"advance_seconds": "1"}, 422, "advance_seconds"),
        ("POST", "faults", {"operator": "tmoney"}, 422, "fault"),
        ("POST", "faults", {"fault": "down"}, 422, "operator"),
        ("POST", "faults", {"operator": "x", "fault": "down"}, 404, "operator"),
        ("POST", "faults", {"operator": "tmoney", "fault": "rain"}, 422, "fault"),
        (
            "POST",
            "faults",
            {"operator": "tmoney", "fault": "down", "probability": 2},
            422,
            "probability",
        ),
        ("POST", "faults", {"operator": "tmoney", "fault": "down", "count": 0}, 422, "count"),
        ("DELETE", "faults/fault-9", None, 404, "id"),
        ("PUT", "credentials/tmoney/x", {"aes_key": "k"}, 422, "aes_key"),
        ("PUT", "credentials/tmoney/x", {"callback_url": "ftp://x"}, 422, "callback_url"),
        ("PUT", "credentials/tmoney/x", {"allowed_networks": ["x"]}, 422, "allowed_networks"),
        ("PUT", "credentials/tmoney/x", {"settings": 1}, 422, "settings"),
        ("PUT", "credentials/tmoney/x", {"settings": {"a": 1}}, 422, "settings.a"),
        (
            "PUT",
            "credentials/flooz/x",
            {"settings": {"callback_encoding": "xml"}},
            422,
            "settings.callback_encoding",
        ),
        (
            "PUT",
            "credentials/flooz/x",
            {"settings": {"flooz.strict_counter": 1}},
            422,
            "settings.flooz.strict_counter",
        ),
    ],
)
def test_a_wrong_call_names_the_field_and_changes_nothing(
    method: str, path: str, content: object, status: int, field: str | None
) -> None:
    async def act(stage: Stage) -> None:
        before = await _everything(stage)
        answered, answer = await stage.try_control(method, path, content)
        assert (answered, answer.get("field")) == (status, field)
        assert answer["error"]
        assert await _everything(stage) == before

    play(act)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"balance":1,"balance":2}'])
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    async def act(stage: Stage) -> None:
        response = await stage.send("PUT", f"/control/wallets/tmoney/{PAYER}", body)
        assert response.status == 400
        assert (await stage.control("GET", "wallets"))["data"] == []

    play(act)


def test_a_callback_of_what_is_not_decided_is_not_sent_again() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("tmoney")
        await tmoney_client.debit(stage, "R1", PERSON)
        status, _ = await stage.try_control("POST", "callbacks/tmoney/R1/resend")
        assert status == 409
        assert stage.listener.heard == []

    play(act)


def test_only_the_latest_requests_are_kept() -> None:
    async def act(stage: Stage) -> None:
        for number in range(5):
            await tmoney_client.status(stage, f"R{number}")
        kept = (await stage.control("GET", "requests"))["data"]
        assert [entry["query"] for entry in kept] == ["idRequete=R4", "idRequete=R3"]

    play(act, SimulationSettings(requests_kept=2))


def test_a_lost_answer_is_an_empty_error_where_that_is_wanted() -> None:
    async def act(stage: Stage) -> None:
        with pytest.raises(AssertionError, match="status=500"):
            await tmoney_client.debit(stage, "R1", "22890112216")
        assert len(await stage.journal()) == 1

    play(act, SimulationSettings(lost_answer=LostAnswer.ERROR))


def test_answers_and_callbacks_are_delayed_as_settings_say() -> None:
    async def act(stage: Stage) -> None:
        await stage.listen("flooz")
        loop_start = await stage.control("GET", "clock")
        await flooz_client.debit(stage, "R1", "22896112233")
        assert (loop_start["now"], (await stage.control("GET", "clock"))["now"]) == (
            "2026-11-22T12:00:00.000Z",
            "2026-11-22T12:00:00.250Z",
        )
        await stage.settle()
        assert stage.listener.heard == []
        await stage.advance(2)
        assert len(stage.listener.heard) == 1

    play(
        act,
        SimulationSettings(
            prompt_delay_seconds=0, ack_delay_seconds=0.25, callback_delay_seconds=2
        ),
    )


async def _everything(stage: Stage) -> list[object]:
    nouns = ("wallets", "totals", "credentials", "faults", "journal", "clock")
    return [await stage.control("GET", noun) for noun in nouns]
