"""No answer whatever makes the readers raise, or yields a success without the explicit yes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cross.domain.operator import Missing, Outcome, Pending, RawCallback, Refused, Succeeded
from cross.operators.flooz import wire
from cross.operators.flooz.tests.scripted import REFERENCE, REQUEST
from cross.operators.flooz.tests.test_wire import credited, verified
from cross.outbound import HttpResponse

STATUSES = st.sampled_from([200, 200, 200, 401, 500, 502])
NAMES = st.sampled_from(
    ["status", "code", "details", "amount", "mrchrefid", "mrchreference", "referenceid", "refid",
     "msisdn", "message", "description", "mrorreference", "mrorrefid"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([REFERENCE, "0", "10", "100", "4", "99", 0, 10, "22896112233", "1500.50"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
)
CHANGES = st.dictionaries(NAMES, VALUES, max_size=4)


def read(response: HttpResponse) -> tuple[Outcome, Outcome, Outcome | Missing]:
    said = wire.read_answer(response)
    wire.refuses_token(said)
    callback = RawCallback("POST", "", (), response.body, "192.0.2.7")
    wire.read_callback(callback)
    wire.reply_to_callback(callback)
    return (
        wire.debit_outcome(said, REQUEST),
        wire.credit_outcome(said, REQUEST),
        wire.verify_outcome(said, REQUEST, is_credit=False),
    )


@given(STATUSES, st.binary(max_size=300))
def test_bytes_never_make_a_reader_raise_nor_move_money(status: int, body: bytes) -> None:
    for outcome in read(HttpResponse(status, body)):
        assert not isinstance(outcome, Succeeded | Refused | Pending)


@given(STATUSES, CHANGES)
def test_no_credit_is_made_without_the_explicit_yes(
    status: int, changes: dict[str, object]
) -> None:
    said = {**credited(), **changes}

    debited, paid_out, _ = read(HttpResponse(status, json.dumps(said).encode()))

    assert not isinstance(debited, Succeeded)
    if isinstance(paid_out, Succeeded):
        assert status == 200
        assert said["status"] == "0"
        assert said.get("mrchrefid", REFERENCE) == REFERENCE


@given(STATUSES, CHANGES, CHANGES)
def test_no_payment_is_paid_without_the_inner_yes(
    status: int, inner: dict[str, object], outer: dict[str, object]
) -> None:
    said = {**verified(**inner), **outer}

    _, _, looked_up = read(HttpResponse(status, json.dumps(said).encode()))

    if isinstance(looked_up, Succeeded | Refused):
        details = said["details"]
        assert status == 200
        assert isinstance(details, dict)
        assert details["mrchreference"] == REFERENCE
        assert details["status"] == ("0" if isinstance(looked_up, Succeeded) else "10")


@given(st.binary(max_size=200))
def test_no_callback_makes_the_reader_raise(body: bytes) -> None:
    hint = wire.read_callback(RawCallback("POST", "", (), body, "192.0.2.7"))

    assert hint.reference is None or hint.reference.isascii()
