"""No answer whatever makes the readers raise, or yields a success without the gateway's own yes."""

import json
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cross.domain.operator import Missing, Outcome, Pending, RawCallback, Refused, Succeeded
from cross.operators.dmoney import PROFILE, notice, wire
from cross.operators.dmoney.reader import Reader, read_answer, refuses_token
from cross.operators.dmoney.setup import setup_from
from cross.operators.dmoney.tests.scripted import (
    MERCH_CODE,
    REFERENCE,
    REFUND,
    SETTINGS,
    found,
    genuine,
    ordered,
    refunded,
)
from cross.outbound import HttpResponse

SETUP: Final = setup_from(PROFILE, SETTINGS)
READER: Final = Reader(SETUP.merchant, SETUP.keys)
STATUSES = st.sampled_from([200, 200, 200, 400, 401, 404, 500])
NAMES = st.sampled_from(
    ["code", "errorCode", "result", "msg", "message", "sign", "biz_content", "merch_order_id",
     "merch_code", "appid", "trade_status", "order_status", "total_amount", "trans_currency",
     "prepay_id", "payment_order_id", "refund_status", "refund_amount", "callback_info"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8),
    st.sampled_from([REFERENCE, MERCH_CODE, "0", "1004", "1002", "PAID", "PAY_SUCCESS", "SUCCESS",
                     "WAIT_PAY", "REFUND_SUCCESS", "1500", "DJF", "a&b", "a=b"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
)
CHANGES = st.dictionaries(NAMES, VALUES, max_size=3)


def read(response: HttpResponse) -> tuple[Outcome, Outcome | Missing, Outcome]:
    answer = read_answer(response)
    refuses_token(answer)
    said = READER.content(answer, reference=REFERENCE)
    loose = READER.content(answer, reference=REFERENCE, must_be_signed=False)
    wire.refund_told_by_order(said, is_whole=True)
    wire.transfer_outcome(said)
    return wire.pre_order_outcome(loose), wire.order_outcome(said), wire.refund_outcome(said)


def hinted(body: bytes) -> str | None:
    callback = RawCallback("POST", "", (), body, "192.0.2.7")
    return notice.read_callback(callback, merchant=SETUP.merchant, keys=SETUP.keys).reference


@given(STATUSES, st.binary(max_size=300))
def test_bytes_never_make_a_reader_raise_nor_move_money(status: int, body: bytes) -> None:
    for outcome in read(HttpResponse(status, body)):
        assert not isinstance(outcome, Succeeded | Refused | Pending)
    assert hinted(body) is None


@settings(suppress_health_check=[HealthCheck.too_slow])  # of the machine, not of what is drawn
@given(STATUSES, CHANGES, CHANGES)
def test_no_payment_is_paid_without_the_gateways_signature_under_a_paid_state(
    status: int, inner: dict[str, object], outer: dict[str, object]
) -> None:
    """Changed before it is signed, so that the signature is always genuine."""
    content = {**found("PAY_SUCCESS", "PAID"), **inner}
    said = {**genuine({"result": "SUCCESS", "code": "0", "biz_content": content, **outer})}

    placed, looked_up, _ = read(HttpResponse(status, json.dumps(said).encode()))

    assert not isinstance(placed, Succeeded)
    if isinstance(looked_up, Succeeded):
        assert (status, said["code"]) == (200, "0")
        told = said["biz_content"]
        assert told["merch_order_id"] == REFERENCE
        assert told.get("merch_code", MERCH_CODE) == MERCH_CODE
        assert looked_up.money is not None
        assert str(looked_up.money.amount) == told["total_amount"]


@given(STATUSES, CHANGES)
def test_what_was_changed_after_it_was_signed_moves_nothing(
    status: int, changes: dict[str, object]
) -> None:
    said = genuine({"result": "SUCCESS", "code": "0", "biz_content": found("PAY_SUCCESS")})
    changed = {**said, "biz_content": {**said["biz_content"], "total_amount": "1501", **changes}}

    _, looked_up, _ = read(HttpResponse(status, json.dumps(changed).encode()))

    assert not isinstance(looked_up, Succeeded) or changed["biz_content"] == said["biz_content"]


@given(STATUSES, CHANGES)
def test_no_refund_is_made_and_no_order_placed_without_their_own_words(
    status: int, inner: dict[str, object]
) -> None:
    for content in ({**ordered(), **inner}, {**refunded(), **inner}):
        said = genuine({"result": "SUCCESS", "code": "0", "biz_content": content})
        placed, _, given_back = read(HttpResponse(status, json.dumps(said).encode()))

        if isinstance(placed, Pending):
            assert placed.operator_reference == content["prepay_id"]
            assert content["merch_order_id"] == REFERENCE
        if isinstance(given_back, Succeeded):
            assert content["refund_status"] == "REFUND_SUCCESS"
            assert REFUND.original is not None
            assert content.get("merch_order_id", REFERENCE) == REFUND.original.reference


@given(CHANGES)
def test_no_notification_makes_the_reader_raise(changes: dict[str, object]) -> None:
    said = {"merch_order_id": REFERENCE, "trade_status": "Completed", **changes}

    assert hinted(json.dumps(genuine(said)).encode()) in (None, said["merch_order_id"])
    assert hinted(json.dumps(said).encode()) is None
