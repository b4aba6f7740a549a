"""Moov's SOAP service speaks as both known clients need it (operators.md section 3.8)."""

import re

import pytest

from cross.outbound import HttpResponse
from tests.simulators import flooz_client as flooz
from tests.simulators.stage import AT_ONCE, IN_A_SECOND, Stage, play

PATH = "/flooz/com.tlc.merchant.api/UssdPush?wsdl"
PAYER = "22896112233"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def envelope(operation: str, inner: str, *, namespace: str = SOAP, declared: str = "") -> bytes:
    return (
        f'{declared}<soapenv:Envelope xmlns:soapenv="{namespace}" '
        'xmlns:api="http://api.merchant.tlc.com/"><soapenv:Header/><soapenv:Body>'
        f"<api:{operation}><token>{flooz.token()}</token>{inner}</api:{operation}>"
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def push(operation: str, reference: str, msisdn: str = PAYER) -> bytes:
    return envelope(
        operation,
        f"<msisdn>{msisdn}</msisdn><message>Payer</message><amount>1500</amount>"
        f"<externaldata1>{reference}</externaldata1><externaldata2/><fee>0</fee>",
    )


def transfer(reference: str, destination: str = PAYER) -> bytes:
    return envelope(
        "transferFlooz",
        f"<request><destination>{destination}</destination><amount>1500</amount>"
        f"<referenceid>{reference}</referenceid><walletid>0</walletid><extendeddata/></request>",
    )


def status_of(transid: str) -> bytes:
    inner = f"<request><transid>{transid}</transid></request>"
    return envelope("getTransactionStatus", inner)


async def call(stage: Stage, body: bytes) -> str:
    response = await stage.send("POST", PATH, body)
    assert response.status == 200, response
    return response.body.decode()


def within(answer: str, name: str) -> str:
    matched = re.search(rf"<{name}>(.*?)</{name}>", answer)
    assert matched, answer
    return matched[1]


def test_a_push_with_pending_that_is_paid_at_once_answers_as_the_sample() -> None:
    async def act(stage: Stage) -> None:
        answer = await call(stage, push("PushWithPending", "CRX-01HZX6"))
        # operators.md, appendix A.6, but for the operator's own reference
        assert answer == (
            f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body><ns2:PushWithPendingResponse '
            'xmlns:ns2="http://api.merchant.tlc.com/"><result><description>SUCCESS</description>'
            "<referenceid>F720261122000001</referenceid><status>0</status>"
            "<transid>CRX-01HZX6</transid></result></ns2:PushWithPendingResponse></soap:Body>"
            "</soap:Envelope>"
        )
        assert [m["kind"] for m in await stage.journal(reference="CRX-01HZX6")] == ["debit"]

    play(act, AT_ONCE)


def test_a_push_with_pending_gives_no_ids_until_it_is_decided() -> None:
    async def act(stage: Stage) -> None:
        answer = await call(stage, push("PushWithPending", "R1"))
        assert within(answer, "result") == (
            "<description>IN PENDING STATE</description><status>100</status>"
        )
        assert within(await call(stage, status_of("R1")), "status") == "100"
        await stage.advance(1)
        found = await call(stage, status_of("R1"))
        assert within(found, "response") == (
            "<description>SUCCESS</description><referenceid>F720261122000001</referenceid>"
            "<status>0</status>"
        )
        again = await call(stage, status_of("F720261122000001"))
        assert within(again, "status") == "0"

    play(act, IN_A_SECOND)


@pytest.mark.parametrize(
    ("wrapper", "element"), [("result", "<ns2:Push "), ("return", "<ns2:PushResponse ")]
)
def test_a_push_answers_when_the_payer_has(wrapper: str, element: str) -> None:
    async def act(stage: Stage) -> None:
        settings = {"settings": {"soap.push_wrapper": wrapper}}
        await stage.control("PUT", "credentials/flooz/cross", settings)
        paid = await call(stage, push("Push", "R1"))
        assert element in paid
        assert within(within(paid, wrapper), "status") == "0"
        refused = await call(stage, push("Push", "R2", "22896112203"))
        assert within(within(refused, wrapper), "status") == "92"

    play(act, IN_A_SECOND)


@pytest.mark.parametrize(
    ("last_two", "status"), [("02", "10"), ("05", "555"), ("06", "13"), ("15", "2"), ("19", "95")]
)
def test_a_failed_push_says_why(last_two: str, status: str) -> None:
    async def act(stage: Stage) -> None:
        answer = await call(stage, push("PushWithPending", "R1", f"228961122{last_two}"))
        assert within(answer, "status") == status
        assert await stage.journal() == []

    play(act)


def test_a_transfer_credits_once() -> None:
    async def act(stage: Stage) -> None:
        answer = await call(stage, transfer("R1"))
        assert within(answer, "return") == (
            "<transactionid>F720261122000001</transactionid><status>0</status>"
            "<message>SUCCESS</message><referenceid>R1</referenceid>"
            "<senderkeycost>0</senderkeycost><senderbonus>0</senderbonus>"
            "<senderbalancebefore>100000000</senderbalancebefore>"
            "<senderbalanceafter>99998500</senderbalanceafter>"
        )
        assert within(await call(stage, transfer("R1")), "status") == "2"
        assert within(await call(stage, transfer("R2", "22896112214")), "status") == "95"
        assert [m["kind"] for m in await stage.journal()] == ["credit"]

    play(act)


@pytest.mark.parametrize("operation", ["cashintrans", "airtimetrans"])
def test_a_cash_in_credits(operation: str) -> None:
    async def act(stage: Stage) -> None:
        body = envelope(
            operation,
            f"<request><amount>1500</amount><destination>{PAYER}</destination>"
            "<referenceid>R1</referenceid><remarks>x</remarks></request>",
        )
        answer = await call(stage, body)
        assert f"<ns2:{operation}Response" in answer
        assert (within(answer, "status"), within(answer, "referenceid")) == ("0", "R1")
        assert within(await call(stage, status_of("R1")), "status") == "0"

    play(act)


def test_a_balance_and_an_account_can_be_read() -> None:
    async def act(stage: Stage) -> None:
        async def ask(operation: str, msisdn: str) -> str:
            inner = f"<request><msisdn>{msisdn}</msisdn></request>"
            return await call(stage, envelope(operation, inner))

        assert within(await ask("getBalance", flooz.PARTNER), "balance") == "100000000"
        assert within(await ask("getBalance", PAYER), "balance") == "1000000"
        assert within(await ask("getBalance", "22896112205"), "status") == "555"
        name = {"name": "Ama <Koffi>"}
        await stage.control("PUT", f"wallets/flooz/{PAYER}", name)
        account = await ask("getMobileAccountStatus", PAYER)
        assert within(account, "firstname") == "Ama"
        assert within(account, "lastname") == "&lt;Koffi&gt;"
        assert within(account, "subscriberstatus") == "ACTIVE"

    play(act)


@pytest.mark.parametrize(
    "body",
    [
        push("PushWithPending", "R1"),
        b'<?xml version="1.0" encoding="utf-16"?>' + push("PushWithPending", "R1"),
        b'\n<?xml version="1.0" encoding="utf-16" ?>\n' + push("PushWithPending", "R1"),
        b"\xef\xbb\xbf" + push("PushWithPending", "R1"),
        ('<?xml version="1.0"?>' + push("PushWithPending", "R1").decode()).encode("utf-16"),
        push("PushWithPending", "R1").replace(SOAP.encode(), SOAP[:-1].encode()),
    ],
    ids=["plain", "utf-16 declared", "with space", "with a mark", "utf-16 sent", "no slash"],
)
def test_envelopes_are_read_whatever_they_say_of_themselves(body: bytes) -> None:
    async def act(stage: Stage) -> None:
        assert within(await call(stage, body), "status") == "0"

    play(act)


async def _failed(stage: Stage, body: bytes) -> HttpResponse:
    response = await stage.send("POST", PATH, body)
    assert response.status == 500
    return response


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"\xff\xff",
        b"<Envelope><Body/></Envelope>",
        envelope("dropTable", ""),
        b'<!DOCTYPE a [<!ENTITY b "c">]><Envelope><Body><Push/></Body></Envelope>',
    ],
)
def test_what_is_no_operation_is_a_fault(body: bytes) -> None:
    async def act(stage: Stage) -> None:
        response = await _failed(stage, body)
        assert b"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>" in response.body

    play(act)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (flooz.token(), "x", "98"),
        (f"<msisdn>{PAYER}</msisdn>", "", "91"),
        ("<amount>1500</amount>", "<amount>1.5</amount>", "91"),
        ("<amount>1500</amount>", "<amount>0</amount>", "91"),
    ],
)
def test_a_wrong_push_is_refused(old: str, new: str, status: str) -> None:
    async def act(stage: Stage) -> None:
        body = push("PushWithPending", "R1").decode().replace(old, new).encode()
        assert within(await call(stage, body), "status") == status
        assert within(await call(stage, status_of("R1")), "status") == "94"

    play(act)
