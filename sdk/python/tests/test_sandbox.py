"""The simulators' control API through the SDK, on a running sandbox, with both clients."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from cross_switch import AsyncCross, Cross, NotFoundError, PayoutLine, ValidationError
from cross_switch.sandbox import numbers
from cross_switch.shapes import PayoutBatch
from tests.cli.running import Running, sandbox

NUMBER = "228 90 11 30 00"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox whose payers answer at once."""
    with sandbox(tmp_path_factory.mktemp("home"), "--prompt-delay", "0") as started:
        yield started


@pytest.fixture
def client(running: Running) -> Iterator[Cross]:
    """A client of it."""
    said = running.said
    with Cross(
        said["api_key"], base_url=said["api_url"], sandbox_url=said["sim_url"], retries=2
    ) as made:
        yield made


def test_a_person_approves_with_the_wrong_pin_and_then_the_right_one(client: Cross) -> None:
    asked = client.collections.create(
        amount=700, currency="XOF", operator="tmoney", msisdn=NUMBER, reference="A-1"
    )
    phone = client.sandbox.prompted(NUMBER)
    prompt = phone.prompts[0]
    assert (prompt.operator, prompt.amount) == ("tmoney", 700)
    assert [one.id for one in client.sandbox.prompts()] == [prompt.id]

    assert client.sandbox.approve(NUMBER, prompt.id, pin="9999")["pin_tries_left"] == 2
    client.sandbox.approve(NUMBER, prompt.id)
    assert client.collections.wait(asked.id, every=0.1).status == "succeeded"
    moved = [one for one in client.sandbox.journal(operator="tmoney") if one.amount == 700]
    assert [one.kind for one in moved] == ["debit"]
    with pytest.raises(NotFoundError, match="prompt"):
        client.sandbox.refuse(NUMBER, prompt.id)


def test_wallets_faults_and_the_clock(client: Cross) -> None:
    client.sandbox.set_wallet("flooz", "22896114455", balance=50, pin="4321")
    assert client.sandbox.wallet("flooz", "+228 96 11 44 55").balance == 50
    assert "22896114455" in {one.msisdn for one in client.sandbox.wallets(operator="flooz")}

    planted = client.sandbox.plant_fault(operator="flooz", fault="latency", value=5, count=1)
    assert [one.id for one in client.sandbox.faults()] == [planted.id]
    client.sandbox.clear_faults()
    assert list(client.sandbox.faults()) == []
    with pytest.raises(ValidationError, match="fault"):
        client.sandbox.plant_fault(operator="flooz", fault="earthquake")

    before = client.sandbox.advance_clock(0).now
    assert (client.sandbox.advance_clock(90).now - before).total_seconds() >= 90


def test_a_statement_tells_the_day_and_the_breaks_planted_in_it(client: Cross) -> None:
    paid = client.payouts.create(
        amount=650, currency="XOF", operator="tmoney", msisdn="90 11 22 33", reference="S-1"
    )
    client.payouts.wait(paid.id, every=0.1)

    true = client.sandbox.statement("tmoney")
    assert (true.operator, true.planted) == ("tmoney", ())
    assert [one.type for one in true.rows if one.amount == 650] == ["credit"]
    assert client.sandbox.statement("tmoney", date="2020-01-01").rows == ()

    spoiled = client.sandbox.statement("tmoney", date=true.date, breaks=2)
    assert [one.kind for one in spoiled.planted] == ["missing", "extra"]
    file = client.sandbox.statement_csv("tmoney", date=true.date, breaks=2)
    assert file.splitlines()[0].startswith("date,time,operator_reference,reference,type,msisdn")
    assert spoiled.planted[1].reference in file
    assert spoiled.planted[0].reference not in file
    with pytest.raises(ValidationError, match="breaks"):
        client.sandbox.statement("tmoney", breaks=101)


def test_the_asynchronous_client_plays_them_too(running: Running) -> None:
    said = running.said

    async def walk() -> str:
        async with AsyncCross(
            said["api_key"], base_url=said["api_url"], sandbox_url=said["sim_url"]
        ) as client:
            number = numbers.of("228 90 11 31", numbers.PERSON)
            asked = await client.collections.create(
                amount=800, currency="XOF", operator="tmoney", msisdn=number
            )
            phone = await client.sandbox.prompted(number)
            await client.sandbox.refuse(number, phone.prompts[0].id)
            ended = await client.collections.wait(asked.id, every=0.1)
            found = [one.id async for one in client.collections.list(msisdn=number)]
            assert found == [asked.id]
            assert ended.failure is not None
            return ended.failure.code

    assert asyncio.run(walk()) == "payer_refused"


def test_a_lost_answer_is_found_by_its_key(client: Cross) -> None:
    made = client.payouts.create(
        amount=900,
        currency="XOF",
        operator="flooz",
        msisdn="96 11 22 33",
        idempotency_key="a-key/of-ours?",
    )

    assert client.responses.get("a-key/of-ours?").id == made.id
    with pytest.raises(NotFoundError):
        client.responses.get("no-such-key")


class Losing(httpx.HTTPTransport):
    """Loses the first answers, after the switch has given them."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.keys: list[str] = []
        self._lost = lost

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or silence."""
        answer = super().handle_request(request)
        answer.read()
        self.keys += [request.headers[name] for name in request.headers if name.startswith("idem")]
        if len(self.keys) <= self._lost:
            raise httpx.ReadTimeout("lost", request=request)
        return answer


def test_a_transfer_whose_answers_are_lost_is_made_once(running: Running) -> None:
    losing = Losing(2)
    with httpx.Client(transport=losing) as http:
        client = Cross(running.said["api_key"], base_url=running.said["api_url"], http=http)
        made = client.transfers.create(
            source={"operator": "tmoney", "msisdn": "90 11 55 66"},
            destination={"operator": "flooz", "msisdn": "96 11 55 66"},
            amount=1234,
            currency="XOF",
        )
        assert client.transfers.wait(made.id, every=0.1).status == "completed"
        assert [one.id for one in client.transfers.list(msisdn="90115566")] == [made.id]

    assert len(losing.keys) == 3
    assert len(set(losing.keys)) == 1


def test_a_batch_from_lines_and_from_a_file(client: Cross) -> None:
    lines: list[PayoutLine] = [
        {"operator": "flooz", "msisdn": "96 11 22 33", "amount": 500, "currency": "XOF"},
        {"operator": "nobody", "msisdn": "96 11 22 33", "amount": 500, "currency": "XOF"},
    ]
    preview = client.payout_batches.preview(lines=lines)
    assert (preview.lines, preview.valid, preview.problems[0].line) == (2, 1, 2)

    csv = b"operator,msisdn,amount,currency\nflooz,96112233,500,XOF\ntmoney,90112233,600,XOF\n"
    assert client.payout_batches.preview_file(csv).valid == 2
    made = client.payout_batches.create_from_file(csv, idempotency_key="batch-1")
    found = client.responses.get("batch-1")
    assert isinstance(found, PayoutBatch)
    assert found.id == made.id
    done = client.payout_batches.wait(made.id, every=0.2, timeout=60)
    assert (done.status, done.counts.succeeded) == ("completed", 2)
    assert [one.status for one in client.payout_batches.lines(made.id)] == ["succeeded"] * 2
    assert client.payout_batches.result(made.id).count("succeeded") == 2


@pytest.mark.parametrize(
    ("number", "whole"),
    [
        ("90 11 22", "90112203"),
        ("90 11 22 33", "90112203"),
        ("228 90 11 22", "22890112203"),
        ("+228 90 11 22 33", "22890112203"),
    ],
)
def test_a_number_gets_its_story_at_the_end(number: str, whole: str) -> None:
    assert numbers.of(number, numbers.REFUSES) == whole


def test_what_is_no_number_gets_no_story() -> None:
    with pytest.raises(ValueError, match="eight digits"):
        numbers.of("9011", numbers.REFUSES)
