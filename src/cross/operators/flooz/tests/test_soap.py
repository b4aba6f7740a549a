"""Credits by Moov's SOAP service (operators.md 3.8)."""

import asyncio
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain.operator import (
    Missing,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.flooz import soap
from cross.operators.flooz.tests.scripted import REQUEST, flooz_saying
from cross.operators.flooz.token import v1
from cross.outbound import HttpResponse, NoAnswer

KEY = b"0123456789abcdef0123456789abcdef"
URL = "https://moov.example:2010/com.tlc.merchant.api/UssdPush?wsdl"


def enveloped(call: str, fields: str, *, wrapper: str = "return") -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<ns2:{call}Response xmlns:ns2="http://api.merchant.tlc.com/">'
        f"<{wrapper}>{fields}</{wrapper}></ns2:{call}Response></soap:Body></soap:Envelope>"
    ).encode()


def transfer(status: str, extra: str = "<referenceid>72026</referenceid>") -> bytes:
    return enveloped("transferFlooz", f"<status>{status}</status><message>M</message>{extra}")


def status(code: str) -> bytes:
    fields = f"<description>D</description><referenceid>72026</referenceid><status>{code}</status>"
    return enveloped("getTransactionStatus", fields, wrapper="response")


def paid_out(*said: HttpResponse | NoAnswer) -> Outcome:
    operator, _ = flooz_saying(*said, credit_driver="soap", soap_url=URL)
    return asyncio.run(operator.pay_out(REQUEST))


def looked_up(*said: HttpResponse | NoAnswer) -> Outcome | Missing:
    operator, _ = flooz_saying(*said, credit_driver="soap", soap_url=URL)
    return asyncio.run(operator.look_up_payout(REQUEST))


def test_a_transfer_and_its_question_have_the_fields_of_the_document() -> None:
    operator, said = flooz_saying(
        HttpResponse(200, transfer("0")), credit_driver="soap", soap_url=URL
    )

    async def story() -> None:
        await operator.pay_out(REQUEST)
        await operator.look_up_payout(REQUEST)

    asyncio.run(story())

    assert [(asked.method, asked.url) for asked in said.asked] == [("POST", URL), ("POST", URL)]
    calls = [ET.fromstring(asked.body)[1][0] for asked in said.asked]  # noqa: S314 - our own
    assert calls[0].tag == "{http://api.merchant.tlc.com/}transferFlooz"
    assert calls[0][0].tag == "token"
    assert calls[0][0].text == v1(KEY, counter=0, username="cross", password="cross-secret")
    assert {child.tag: child.text for child in calls[0][1]} == {
        "destination": "22896112233",
        "amount": "1500",
        "referenceid": REQUEST.reference,
        "walletid": "0",
        "extendeddata": REQUEST.movement,
    }
    assert calls[1].tag == "{http://api.merchant.tlc.com/}getTransactionStatus"
    assert {child.tag: child.text for child in calls[1][1]} == {"transid": REQUEST.reference}


def test_a_transfer_is_made_where_it_says_0_and_undecided_where_it_says_100() -> None:
    assert paid_out(HttpResponse(200, transfer("0"))) == Succeeded("72026")
    assert paid_out(HttpResponse(200, transfer("100"))) == Pending("72026")
    assert looked_up(HttpResponse(200, status("0"))) == Succeeded("72026")
    assert looked_up(HttpResponse(200, status("100"))) == Pending("72026")


REFUSALS = [
    ("3", RefusalCode.WALLET_NOT_FOUND), ("555", RefusalCode.WALLET_NOT_FOUND),
    ("6", RefusalCode.OPERATOR_REFUSED), ("95", RefusalCode.OPERATOR_REFUSED),
    ("7", RefusalCode.WALLET_BLOCKED), ("9", RefusalCode.WALLET_BLOCKED),
    ("8", RefusalCode.FLOAT_TOO_LOW), ("10", RefusalCode.FLOAT_TOO_LOW),
    *((str(code), RefusalCode.LIMIT_REACHED) for code in range(11, 21)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "reason"), REFUSALS)
def test_a_listed_status_refuses(code: str, reason: RefusalCode) -> None:
    assert paid_out(HttpResponse(200, transfer(code))) == Refused(reason, code, "M")
    assert looked_up(HttpResponse(200, status(code))) == Refused(reason, code, "D")


@pytest.mark.parametrize("code", ["1", "2", "4", "91"])
def test_what_refuses_the_call_refuses_a_transfer_and_says_nothing_in_a_status(code: str) -> None:
    refused = Refused(RefusalCode.OPERATOR_REFUSED, code, "M")
    assert paid_out(HttpResponse(200, transfer(code))) == refused
    assert isinstance(looked_up(HttpResponse(200, status(code))), Unknown)


@pytest.mark.parametrize("code", ["5", "92", "94", "98", "99", "-1", "", "00", "SUCCESS", "777"])
def test_every_other_status_is_unknown(code: str) -> None:
    """94 too: a transfer that the query cannot find by our reference may have been made."""
    assert isinstance(paid_out(HttpResponse(200, transfer(code))), Unknown)
    assert isinstance(looked_up(HttpResponse(200, status(code))), Unknown)


def test_a_declaration_that_lies_about_the_encoding_is_taken_off() -> None:
    lying = b'<?xml version="1.0" encoding="utf-16"?>\n' + transfer("0")

    assert paid_out(HttpResponse(200, lying)) == Succeeded("72026")


def test_prefixes_and_namespaces_do_not_matter() -> None:
    other = transfer("0").replace(b"soap:", b"S:").replace(b"xmlns:soap", b"xmlns:S")
    other = other.replace(b"soap/envelope/", b"soap/envelope")

    assert paid_out(HttpResponse(200, other)) == Succeeded("72026")


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "0"><!ENTITY b "&a;&a;">]>' + transfer("&b;")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"not xml", b"\xff\xfe", ENTITIES, b"<!-- -->" + transfer("0"),
        transfer("0")[:-20], transfer("0", "<status>0</status>"), transfer("&unknown;"),
        enveloped("getBalance", "<status>0</status>"), enveloped("transferFlooz", ""),
        enveloped("transferFlooz", "<status>0</status>", wrapper="other"),
        b'<?xml version="1.0"', transfer("0").replace(b"soap:Body", b"soap:Head"),
        b"<a>" * 50_000 + b"</a>" * 50_000, transfer("\x00"),
        b'<s:Envelope xmlns:s="s"><s:Body><s:Fault><faultcode>s</faultcode></s:Fault></s:Body>'
        b"</s:Envelope>",
    ],
    ids=lambda body: repr(body)[:30],
)  # fmt: skip
def test_a_hostile_document_is_unknown(body: bytes) -> None:
    assert isinstance(paid_out(HttpResponse(200, body)), Unknown)
    assert isinstance(looked_up(HttpResponse(200, body)), Unknown)


def test_a_fault_and_silence_are_unknown() -> None:
    assert isinstance(paid_out(HttpResponse(500, transfer("0"))), Unknown)
    assert paid_out(NoAnswer("timeout", sent=True)) == Unknown("timeout")
    assert paid_out(NoAnswer("refused", sent=False)) == Unknown("refused", sent=False)


def test_what_is_said_is_escaped() -> None:
    body = soap.envelope("transferFlooz", token="a&b", said={"extendeddata": "<x>&</x>"})

    call = ET.fromstring(body)[1][0]  # noqa: S314 - our own
    assert call[0].text == "a&b"
    assert call[1][0].text == "<x>&</x>"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise_nor_move_money(body: bytes) -> None:
    assert isinstance(soap.transfer_outcome(HttpResponse(200, body)), Unknown)


@given(st.text(max_size=20))
def test_no_status_but_0_is_a_success(code: str) -> None:
    fields = f"<status>{code}</status>"
    body = enveloped("transferFlooz", fields).decode(errors="ignore").encode(errors="ignore")

    outcome = soap.transfer_outcome(HttpResponse(200, body))

    assert not isinstance(outcome, Succeeded) or code.strip() == "0"
