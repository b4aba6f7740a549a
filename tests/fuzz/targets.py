"""Whatever bytes come: each reader says what they mean, or refuses in its own words (M6).

A target raises nothing: an exception that is not the reader's own refusal is a finding, and so is
an assertion about what it took (F-Y07 to F-Y09, F-I01 to F-I06, F-C12, F-C18).
"""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request

from cross.api.bodies import parse_object
from cross.api.headers import idempotency_key
from cross.api.refusals import HttpRefusal
from cross.api.terms import https_url
from cross.connector.reading import money_in, read_object
from cross.domain.batch_refusals import UnreadableFile
from cross.domain.errors import AmountNotWhole, CrossError, InvalidMsisdn
from cross.domain.money import XOF, whole_amount
from cross.domain.msisdn import COUNTRIES, read_msisdn
from cross.domain.operator import RawCallback, Refused, Succeeded
from cross.domain.partner import Operation
from cross.domain.webhook import SECRET_PREFIX, key_of, signatures
from cross.domain.webhook_address import Rules, WebhookUrlRefused, target_of
from cross.operators.dmoney import PROFILE, notice
from cross.operators.dmoney.setup import setup_from
from cross.operators.dmoney.signing import EXCLUDED, canonical, verify
from cross.operators.dmoney.tests import keys
from cross.operators.dmoney.tests import scripted as dmoney
from cross.operators.flooz import soap
from cross.operators.flooz import wire as flooz
from cross.operators.tmoney import wire as tmoney
from cross.operators.tmoney_online.tests import scripted as online
from cross.outbound import HttpResponse
from cross.partner.asking import Asked, Unreadable
from cross.partner.reading import NotTaken, Wanted, read_amount, wanted_in, wanted_in_query
from cross.switch.sheets import CSV, XLSX, read_sheet
from cross_switch import WebhookVerificationError, webhooks
from tests.fuzz.twin import Nested, canonical_of

Target = Callable[[bytes], None]

PEER: Final = "192.0.2.7"
SETUP: Final = setup_from(PROFILE, dmoney.SETTINGS)
ONLINE: Final = online.connected()[0]
GATEWAY: Final = keys.key_of("gateway").public_key()
SECRET: Final = f"{SECRET_PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW_SECONDS: Final = 1_795_342_541


def dmoney_canonical(data: bytes) -> None:
    """Two canonicalisers that know nothing of each other agree, or both refuse."""
    fields = read_object(data)
    ours = None if fields is None else canonical(fields)
    try:
        theirs = canonical_of(data)
    except Nested:
        return
    assert ours == theirs, (ours, theirs)


def dmoney_notice(data: bytes) -> None:
    """No order is named without a signature, and what has none of its own is only one object."""
    callback = RawCallback("POST", "", (), data, PEER)
    hint = notice.read_callback(callback, merchant=SETUP.merchant, keys=SETUP.keys)
    assert hint.answer is None
    assert hint.reference is None, "nobody but the gateway can have signed this"
    fields = read_object(data)
    if fields is not None and notice._doubt(fields, SETUP.merchant) is None:
        signed = {name: str(value) for name, value in fields.items() if name not in EXCLUDED}
        text = canonical(fields)
        back = dict(pair.split("=", 1) for pair in text.split("&")) if text else {}
        assert back == signed, "two sets of fields have one string to sign"


def dmoney_signature(data: bytes) -> None:
    """No text and signature made of thin air are the gateway's."""
    text, _, signature = data.partition(b"\n")
    said = text.decode("utf-8", "surrogateescape")
    assert verify(said, signature.decode("latin-1"), GATEWAY, salt_bytes=32) is None


def tmoney_online_query(data: bytes) -> None:
    """Nothing is proven without a token of ours, whatever address it comes from."""
    callback = RawCallback("GET", data.decode("latin-1"), (), b"", PEER)
    hint = ONLINE.read_callback(callback)
    if hint.answer is not None:
        assert hint.reference == online.REFERENCE
        assert online.PURCHASEREF.encode() in data
    if isinstance(hint.answer, Succeeded):
        assert hint.answer.money is not None
        assert hint.answer.money.amount >= 0


def tmoney_bodies(data: bytes) -> None:
    """An answer or a callback of TMoney."""
    hint = tmoney.read_callback(RawCallback("POST", "", (), data, PEER))
    assert hint.answer is None
    for status in (200, 500):
        answer = tmoney.read_answer(HttpResponse(status, data))
        tmoney.refuses_token(answer)
        _says_nothing_of_itself(tmoney.debit_outcome(answer, online_request()), data)
        tmoney.status_outcome(answer, online_request(), kind="DEBIT")


def flooz_bodies(data: bytes) -> None:
    """An answer or a callback of Flooz, in JSON, as a form and as SOAP."""
    hint = flooz.read_callback(RawCallback("POST", "", (), data, PEER))
    assert hint.answer is None
    response = HttpResponse(200, data)
    answer = flooz.read_answer(response)
    flooz.refuses_token(answer)
    _says_nothing_of_itself(flooz.debit_outcome(answer, online_request()), data)
    flooz.verify_outcome(answer, online_request(), is_credit=True)
    soap.transfer_outcome(response)
    soap.status_outcome(response)


def online_request() -> Any:
    """A leg that the answers may be about."""
    return dmoney.PAYOUT


def _says_nothing_of_itself(outcome: object, data: bytes) -> None:
    if isinstance(outcome, Succeeded | Refused):
        assert data.lstrip()[:1] == b"{"


def amounts(data: bytes) -> None:
    """One number, the same for every reader, and it is written in ASCII digits (F-Y09, I-08)."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        amount = whole_amount(text)
    except AmountNotWhole:
        assert money_in(text, XOF) is None
    else:
        assert data.isascii()
        assert text.partition(".")[0] == str(amount)
    partners = read_amount(text)
    assert partners is None or (isinstance(partners, int) and 0 < partners < 10**15)


def msisdns(data: bytes) -> None:
    """One canonical E.164 for each wallet, or none (F-I06)."""
    text = data.decode("utf-8", "surrogateescape")
    for country in (None, *COUNTRIES.values()):
        try:
            found = read_msisdn(text, country=country)
        except InvalidMsisdn:
            continue
        assert found.digits.isascii()
        assert found.country is not None
        assert read_msisdn(found.e164, country=country) == found
        assert found.e164[4:-2] not in str(found)


def idempotency_keys(data: bytes) -> None:
    """255 visible characters at most; nothing else names a request."""
    request = Request({"type": "http", "headers": [(b"idempotency-key", data)]})
    try:
        key = idempotency_key(request)
    except HttpRefusal:
        return
    assert key.encode("ascii") == data
    assert 0 < len(key) <= 255
    assert key.isprintable()
    assert " " not in key


def webhook_headers(data: bytes) -> None:
    """The SDK's proof: no header made of thin air is Cross's; ours is, whatever stands beside."""
    parts = data.split(b"\n", 3) + [b""] * 3
    name, at, said = (part.decode("utf-8", "surrogateescape") for part in parts[:3])
    headers = {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": said}
    _is_not_proven(parts[3], headers)
    known = f"evt_{name if name.isprintable() else 1}"
    genuine = signatures([key_of(SECRET)], known, at_seconds=NOW_SECONDS, body=b"{}")
    headers = {
        "webhook-id": known,
        "webhook-timestamp": str(NOW_SECONDS),
        "webhook-signature": f"{said} {genuine}",
    }
    _is_not_proven(b"{} ", headers)


def _is_not_proven(body: bytes, headers: Mapping[str, str]) -> None:
    try:
        webhooks.parse(body, headers, SECRET, clock=lambda: NOW_SECONDS)
    except WebhookVerificationError:
        return
    raise AssertionError("believed without a signature")


def webhook_secrets(data: bytes) -> None:
    """A secret is read, or refused as no secret."""
    text = data.decode("utf-8", "surrogateescape")
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(NOW_SECONDS),
        "webhook-signature": f"v1,{hmac.new(b'', data, 'sha256').hexdigest()}",
    }
    try:
        webhooks.parse(b"{}", headers, text, clock=lambda: NOW_SECONDS)
    except (WebhookVerificationError, ValueError):
        return
    raise AssertionError("believed without a signature")


def sheets(data: bytes) -> None:
    """A batch's file, by both of its names."""
    for media_type in (CSV, XLSX):
        try:
            read = read_sheet(data, media_type)
        except UnreadableFile:
            continue
        for line in read.lines:
            assert line.amount is None or line.amount >= 0


def return_urls(data: bytes) -> None:
    """Where a browser is sent: https, one host, nothing that two readers take differently."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        url = https_url(text, param="return_url")
    except HttpRefusal:
        return
    assert url is not None
    assert url.startswith("https://")
    assert not set(url) & set("\\\t\r\n @\0") - {"@"}
    assert "@" not in url[8:].partition("/")[0].partition("?")[0].partition("#")[0]


def webhook_urls(data: bytes) -> None:
    """Where we send ourselves: a name or a public address."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        target = target_of(text, Rules())
    except WebhookUrlRefused:
        return
    assert target.secure
    assert target.port == 443
    assert target.address is None or target.address.is_global
    assert target.host.isascii()


def bank_bodies(data: bytes) -> None:
    """What a bank asks for, of either version, as JSON, a form or a query."""
    asked = Asked("POST", "/", data, {}, data, PEER)
    for read in (asked.json_fields, asked.form_fields, asked.query_fields):
        try:
            fields = read()
        except Unreadable:
            continue
        _is_understood_or_not_taken(fields)


def _is_understood_or_not_taken(fields: Mapping[str, Any]) -> None:
    texts = {name: str(value) for name, value in fields.items()}
    reads: tuple[Callable[[], Wanted], ...] = (
        lambda: wanted_in(fields, Operation.DEBIT),
        lambda: wanted_in_query(texts, Operation.CREDIT, at=dmoney.NOW),
    )
    for read in reads:
        try:
            found = read()
        except NotTaken:
            continue
        assert 0 < found.amount < 10**15
        assert found.id.isascii()


def json_bodies(data: bytes) -> None:
    """Strict JSON: what is taken has one meaning, and can be written and read again."""
    try:
        content = parse_object(data)
    except CrossError:
        return
    assert all(isinstance(name, str) for name in content)
    json.dumps(content, default=str).encode()


TARGETS: Final[Mapping[str, Target]] = {
    target.__name__: target
    for target in (
        dmoney_canonical,
        dmoney_notice,
        dmoney_signature,
        tmoney_online_query,
        tmoney_bodies,
        flooz_bodies,
        amounts,
        msisdns,
        idempotency_keys,
        webhook_headers,
        webhook_secrets,
        sheets,
        return_urls,
        webhook_urls,
        bank_bodies,
        json_bodies,
    )
}
