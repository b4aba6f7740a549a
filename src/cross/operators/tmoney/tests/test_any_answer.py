"""No answer whatever makes the readers raise, or yields a success without the explicit yes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cross.domain.operator import Missing, Outcome, Pending, RawCallback, Refused, Succeeded
from cross.operators.tmoney import wire
from cross.operators.tmoney.login import renew_at, token_in
from cross.operators.tmoney.tests.scripted import NOW, REFERENCE, REQUEST, transaction
from cross.outbound import HttpResponse

STATUSES = st.sampled_from([200, 200, 200, 401, 403, 500, 502])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from([REFERENCE, "2000", "2002", "500", "4001", "SUCCES", "ECHEC", "EN ATTENTE",
                     "DEBIT", "CREDIT", "22890112233", 1500, "1500.50", 2002]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["code", "statutRequete", "idRequete", "IDREQUETE", "montant", "refTmoney", "typeRequete",
     "numeroClient", "description", "message", "data", "total", "fault", "statut", "token"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
)
CHANGES = st.dictionaries(NAMES, VALUES, max_size=4)


def outcomes(response: HttpResponse) -> list[Outcome | Missing]:
    read = wire.read_answer(response)
    wire.refuses_token(read)
    token_in(response)
    callback = RawCallback("POST", "", (), response.body, "192.0.2.7")
    wire.read_callback(callback)
    wire.reply_to_callback(callback)
    return [
        wire.debit_outcome(read, REQUEST),
        wire.credit_outcome(read, REQUEST),
        wire.status_outcome(read, REQUEST, kind=wire.DEBIT),
        wire.status_outcome(read, REQUEST, kind=wire.CREDIT),
    ]


@given(STATUSES, st.binary(max_size=300))
def test_bytes_never_make_a_reader_raise_nor_move_money(status: int, body: bytes) -> None:
    for outcome in outcomes(HttpResponse(status, body)):
        assert not isinstance(outcome, Succeeded | Refused | Pending)


def explicit_yes(content: dict[str, object]) -> bool:
    """The words that a success needs, in the body or in its one transaction."""
    listed = content.get("data")
    entries = [content, *(listed if isinstance(listed, list) else [])]
    return any(
        isinstance(entry, dict)
        and REFERENCE in (entry.get("idRequete"), entry.get("IDREQUETE"))
        and entry.get("statutRequete") == "SUCCES"
        and entry.get("code") in ("2000", "200", "2001", "2002")
        for entry in entries
    )


@given(STATUSES, CHANGES, st.sampled_from(["list", "flat"]))
def test_no_answer_is_a_success_without_the_explicit_yes(
    status: int, changes: dict[str, object], shape: str
) -> None:
    content = {**transaction(), **changes}
    said = {"total": 1, "data": [content]} if shape == "list" else content

    got = outcomes(HttpResponse(status, json.dumps(said).encode()))

    for outcome in got:
        if isinstance(outcome, Succeeded):
            assert status == 200
            assert explicit_yes(said)
        if isinstance(outcome, Refused):
            assert status == 200
            assert outcome.operator_code in ("500", "501")


@given(VALUES)
def test_no_token_makes_its_reader_raise(value: object) -> None:
    body = json.dumps({"data": {"token": value}}).encode()

    token = token_in(HttpResponse(200, body))

    assert renew_at(token or str(value), now=NOW) > NOW
