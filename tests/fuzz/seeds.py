"""Where fuzzing starts: for each target a few inputs that are taken, and the words that matter."""

import importlib
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cross.operators.dmoney.tests import scripted as dmoney
from cross.operators.tmoney_online.tests import scripted as online

# Source: money-safety.md F-I02 to F-I08, F-Y07 to F-Y09: what parsers have been fooled with.
WORDS: Final[Sequence[bytes]] = (
    b"&", b"=", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000",
    "٣".encode(), "²".encode(), "１".encode(), "\u202e".encode(), b"NaN", b"-0", b"1e400", b"1E+5",
    b"9" * 40, b"9" * 5_000, b"[" * 2_000, b"{\"a\":" * 500, b"00", b"+228", b".0", b"1_000",
    b" ", b"%00", b"%26", b"\\", b"@", b"//", b"::ffff:127.0.0.1", b"0x7f.1", b"\t", b"\"",
    b"biz_content", b"<!DOCTYPE a [<!ENTITY b \"c\">]>", b"callback_info", b"merch_order_id",
    b"sign", b"null", b"true",
)  # fmt: skip


def seeds() -> Mapping[str, Sequence[bytes]]:
    """The first inputs of each target."""
    notice = {
        "merch_order_id": dmoney.REFERENCE,
        "trade_status": "Completed",
        "timestamp": "1795342541",
    }
    objects = (
        json.dumps({**notice, "sign": "A" * 344, "callback_info": "x"}).encode(),
        json.dumps({**notice, "biz_content": {"total_amount": 1, "a": None, "b": [1]}}).encode(),
        b'{"a":1.50,"b":true,"c":null,"d":"\\ud83d\\ude00\\/","sign":"x"}',
        b"{}",
        b"[1]",
    )
    tmoney = {"idRequete": dmoney.PAYOUT.reference, "code": "2002", "statutRequete": "SUCCES"}
    flooz = {"mrchrefid": dmoney.PAYOUT.reference, "status": "0", "message": "SUCCESS"}
    bank = {
        "idRequete": "B1", "numeroClient": "22890112233", "montant": "1.0E3", "refCommande": "C",
        "dateHeureRequete": "2026-11-22 10:15:00", "referenceid": "B1", "client": "90112233",
        "amount": "300", "currency": "XOF",
    }  # fmt: skip
    soap = b"<a:E xmlns:a='x'><a:Body><b><return><status>0</status></return></b></a:Body></a:E>"
    csv = b"operator;msisdn;amount;reference\ntmoney;90 11 22 33;5 000;A\nflooz;;1.5;=1+1\n"
    return {
        "dmoney_canonical": objects,
        "dmoney_notice": objects,
        "dmoney_signature": (b"a=1&b=2\n" + b"A" * 344, b"\n"),
        "tmoney_online_query": tuple(
            online.notified(said).query.encode() for said in (online.PAID, online.REFUSED)
        ),
        "tmoney_bodies": tuple(
            json.dumps({**tmoney, **more}).encode() for more in ({}, {"montant": "1500.00"})
        ),
        "flooz_bodies": (json.dumps(flooz).encode(), b"mrchrefid=A&status=0", soap),
        "amounts": (b"1500", b"1500.00", b"0", b"1.5", b"999999999999999"),
        "msisdns": (b"90 11 22 33", b"+22890112233", b"0025377112233", b"(77) 11-22.33"),
        "idempotency_keys": (b"key-1", b"a" * 255, b"a" * 256),
        "webhook_headers": (b"1\n1795342541\nv1,AAAA v2,BBBB\n{}",),
        "webhook_secrets": (b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b"whsec_", b"whsec_A"),
        "sheets": (csv, _workbook()),
        "return_urls": (b"https://shop.example/a?b=1#c", b"https://[::1]:8/"),
        "webhook_urls": (b"https://shop.example/a?b=1", b"https://8.8.8.8/", b"https://[2606::1]/"),
        "bank_bodies": (json.dumps(bank).encode(),),
        "json_bodies": (b'{"amount":5000,"metadata":{"a":"b"},"c":[1,2.5,-0,1e3]}',),
    }  # fmt: skip


def _workbook() -> bytes:
    openpyxl: Any = importlib.import_module("openpyxl")
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in (
        ("operator", "msisdn", "amount"),
        ("tmoney", "90112233", 5000),
        ("flooz", 96112233, 1.5),
    ):
        sheet.append(row)
    book.save(file)
    return file.getvalue()
