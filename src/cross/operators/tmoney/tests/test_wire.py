"""Every word of MBANKING JSON by what it means (operators.md 2.3 to 2.8)."""

import json
from dataclasses import replace

import pytest

from cross.domain.money import xof
from cross.domain.operator import (
    Missing,
    Outcome,
    Pending,
    RefusalCode,
    Refused,
    Succeeded,
    Unknown,
)
from cross.operators.tmoney import wire
from cross.operators.tmoney.tests.scripted import (
    REFERENCE,
    REQUEST,
    acknowledgement,
    answer,
    credited,
    transaction,
)

FUNDS = RefusalCode.INSUFFICIENT_FUNDS


def without(content: dict[str, object], *names: str) -> dict[str, object]:
    return {key: value for key, value in content.items() if key not in names}


def debit(content: object, *, status: int = 200) -> Outcome:
    return wire.debit_outcome(wire.read_answer(answer(content, status=status)), REQUEST)


def credit(content: object, *, status: int = 200) -> Outcome:
    return wire.credit_outcome(wire.read_answer(answer(content, status=status)), REQUEST)


def looked_up(content: object, *, status: int = 200, kind: str = wire.DEBIT) -> Outcome | Missing:
    read = wire.read_answer(answer(content, status=status))
    return wire.status_outcome(read, REQUEST, kind=kind)


def test_a_request_has_the_six_fields_of_the_document_in_their_spelling() -> None:
    assert json.loads(wire.request_body(REQUEST)) == {
        "idRequete": REFERENCE,
        "numeroClient": "22890112233",
        "montant": 1500,
        "refCommande": REQUEST.movement,
        "dateHeureRequete": "2026-11-22 10:15:00",
        "description": "Transfert Cross",
    }


def test_a_description_with_control_characters_is_sent_without_them() -> None:
    hostile = replace(REQUEST, description="A\x00\r\nB\u202e\ud800" + "x" * 500)

    sent = json.loads(wire.request_body(hostile))["description"]

    assert sent.startswith("ABx")
    assert len(sent) <= 100


@pytest.mark.parametrize("code", ["2000", "200", "2001"])
@pytest.mark.parametrize("state", [None, "EN ATTENTE", "EN_ATTENTE", "en attente"])
def test_an_accepted_debit_is_pending_and_never_paid(code: str, state: str | None) -> None:
    assert debit(acknowledgement(code=code, statutRequete=state)) == Pending()


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("2002", None), ("2002", "SUCCES"), ("2000", "SUCCES"), ("2000", "ECHEC"), ("4001", None),
        ("403", None), ("5000", None), ("5000", "ECHEC"), ("500", "SUCCES"), ("500", "EN ATTENTE"),
        ("999", None), ("", None), (None, None), (2000, None), (True, None), ([], None), ({}, None),
        ("2000 ", None), ("2000", 7), ("2000", []), ("2000", ""), ("500", 7),
    ],
)  # fmt: skip
def test_every_other_answer_to_a_debit_is_unknown(code: object, state: object) -> None:
    assert isinstance(debit(acknowledgement(code=code, statutRequete=state)), Unknown)


REASONS = [
    ("Solde insuffisant", FUNDS),
    ("SOLDE INSUFFISANT.", FUNDS),
    ("Client inconnu", RefusalCode.WALLET_NOT_FOUND),
    ("Plafond atteint", RefusalCode.LIMIT_REACHED),
    ("Delai depasse", RefusalCode.PROMPT_EXPIRED),
    ("Délai dépassé", RefusalCode.PROMPT_EXPIRED),
    ("Transaction refusee par le client", RefusalCode.PAYER_REFUSED),
    ("Opération annulée", RefusalCode.PAYER_REFUSED),
    ("Compte bloqué", RefusalCode.WALLET_BLOCKED),
    ("Compte suspendu", RefusalCode.WALLET_BLOCKED),
    ("Une demande est deja en attente", RefusalCode.PROMPT_ALREADY_OPEN),
    ("Une transaction est déjà en cours", RefusalCode.PROMPT_ALREADY_OPEN),
    ("Solde partenaire insuffisant", RefusalCode.FLOAT_TOO_LOW),
    ("Erreur", RefusalCode.OPERATOR_REFUSED),
    ("", RefusalCode.OPERATOR_REFUSED),
]


@pytest.mark.parametrize(("description", "reason"), REASONS)
def test_code_500_refuses_a_debit_for_what_its_description_says(
    description: str, reason: RefusalCode
) -> None:
    said = acknowledgement(code="500", message="", description=description)

    assert debit(said) == Refused(reason, "500", description or None)
    assert debit({**said, "statutRequete": "ECHEC"}) == debit(said)


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("Solde insuffisant", RefusalCode.FLOAT_TOO_LOW),  # ours: a credit takes from our balance
        ("Solde partenaire insuffisant", RefusalCode.FLOAT_TOO_LOW),
        ("Transaction refusee", RefusalCode.OPERATOR_REFUSED),  # nobody was asked
        ("Delai depasse", RefusalCode.OPERATOR_REFUSED),
        ("Client inconnu", RefusalCode.WALLET_NOT_FOUND),
        ("Compte bloque", RefusalCode.WALLET_BLOCKED),
        ("Plafond atteint", RefusalCode.LIMIT_REACHED),
    ],
)
def test_the_same_words_say_of_a_credit_what_they_mean_there(
    description: str, reason: RefusalCode
) -> None:
    refused = Refused(reason, "500", description)
    said = credited(code="500", statutRequete="ECHEC", description=description)

    assert credit(said) == refused
    assert looked_up({"total": 1, "data": [said]}, kind=wire.CREDIT) == refused


def test_our_own_description_coming_back_is_no_reason() -> None:
    ours = replace(REQUEST, description="Remboursement plafond")
    said = acknowledgement(code="500", message="Solde insuffisant", description=ours.description)

    read = wire.debit_outcome(wire.read_answer(answer(said)), ours)

    assert read == Refused(FUNDS, "500", "Solde insuffisant")


def test_code_501_is_a_wrong_pin() -> None:
    assert debit(acknowledgement(code="501", description="Code PIN errone")) == Refused(
        RefusalCode.WRONG_PIN, "501", "Code PIN errone"
    )


@pytest.mark.parametrize("code", ["2000", "200", "2001", "2002"])
@pytest.mark.parametrize("state", ["SUCCES", "SUCCESS", "succes"])
def test_a_credit_is_made_where_code_and_state_both_say_so(code: str, state: str) -> None:
    said = credited(code=code, statutRequete=state)

    assert credit(said) == Succeeded("104455667", xof(1500))
    assert looked_up({"total": 1, "data": [said]}, kind=wire.CREDIT) == credit(said)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("2000", None), ("2002", None), ("2000", "EN ATTENTE"), ("2000", "ECHEC"),
        ("500", None), ("500", "SUCCES"), ("500", "EN ATTENTE"), ("5000", "SUCCES"),
        ("5000", "ECHEC"), ("4001", "ECHEC"), ("4001", None), ("403", "ECHEC"), ("0", "SUCCES"),
        (None, "SUCCES"), (2000, "SUCCES"), (500, "ECHEC"), ("2000", True), ([], "SUCCES"),
    ],
)  # fmt: skip
def test_every_other_answer_to_a_credit_is_unknown(code: object, state: object) -> None:
    assert isinstance(credit(credited(code=code, statutRequete=state)), Unknown)


@pytest.mark.parametrize("state", ["succes", "Success", " SUCCES ", "SUCCESS"])
def test_a_state_is_read_in_any_case(state: str) -> None:
    """F-O08."""
    assert looked_up(transaction(statutRequete=state)) == Succeeded("104455667", xof(1500))


@pytest.mark.parametrize("state", ["ſucces", "SUCCE\u017f", "succ\u00e9s", "reussi", "SUCCE", "✓"])
def test_a_state_that_only_looks_like_success_is_unknown(state: str) -> None:
    """F-O08: the capital of a long s is our S."""
    assert isinstance(looked_up(transaction(statutRequete=state)), Unknown)
    assert isinstance(credit(credited(statutRequete=state)), Unknown)


def test_a_payment_is_paid_only_where_the_status_says_2002_and_succes() -> None:
    paid = Succeeded("104455667", xof(1500))

    assert looked_up({"total": 1, "data": [transaction()]}) == paid
    assert looked_up({"total": 1, "data": [transaction()], **transaction()}) == paid
    assert looked_up(transaction()) == paid  # the flat body of operators.md 2.6
    assert looked_up({"data": [transaction(statutRequete="SUCCESS")]}) == paid
    for code in ("2000", "200", "2001", "500", "0", None, 2002, ""):
        assert isinstance(looked_up({"total": 1, "data": [transaction(code=code)]}), Unknown)
    for state in ("ECHEC", "EN ATTENTE", None, "OK", 1):
        odd = transaction(statutRequete=state)
        assert isinstance(looked_up({"total": 1, "data": [odd]}), Unknown)


def test_keys_are_read_in_any_case_and_totals_as_text_or_number() -> None:
    shouted = {key.upper(): value for key, value in transaction().items()}

    assert isinstance(looked_up({"TOTAL": "1", "Data": [shouted]}), Succeeded)


@pytest.mark.parametrize("word", ["EN ATTENTE", "EN_ATTENTE"])
def test_a_waiting_payment_is_pending_in_both_spellings(word: str) -> None:
    waiting = transaction(code="2000", statutRequete=word)

    assert looked_up({"total": 1, "data": [waiting]}) == Pending("104455667")
    assert looked_up({"total": 1, "data": [without(waiting, "code")]}) == Pending("104455667")
    assert isinstance(looked_up({"data": [transaction(code="500", statutRequete=word)]}), Unknown)


@pytest.mark.parametrize(("description", "reason"), REASONS)
def test_a_failed_payment_is_refused_for_what_its_description_says(
    description: str, reason: RefusalCode
) -> None:
    failed = transaction(code="500", statutRequete="ECHEC", message="", description=description)

    assert looked_up({"total": 1, "data": [failed]}) == Refused(reason, "500", description or None)


@pytest.mark.parametrize("code", ["5000", "4001", "403", "2000", "2002", None, 500, "777"])
def test_a_failure_with_another_code_is_unknown(code: object) -> None:
    failed = transaction(code=code, statutRequete="ECHEC")

    assert isinstance(looked_up({"total": 1, "data": [failed]}), Unknown)


@pytest.mark.parametrize(
    "said", [{"total": 0, "data": []}, {"total": "0", "data": []}, {"data": []}, {"total": 0}]
)
def test_an_empty_list_is_missing(said: object) -> None:
    assert looked_up(said) == Missing()


@pytest.mark.parametrize(
    "said",
    [
        {}, {"total": 1}, {"total": 1, "data": []}, {"total": 0, "data": None, "code": "5000"},
        {"data": [], "code": "403"}, {"data": [], "code": []}, {"data": {}}, {"data": "none"},
        {"total": False, "data": []}, {"data": [None]}, {"data": [[]]}, {"total": 2, "data": []},
        {"code": "403", "message": "Not signed in"}, {"total": 0, "data": [transaction()]},
        {"total": 2, "data": [transaction(), transaction()]}, {"data": [], **transaction()},
        {"total": 2, "data": [transaction()]}, [transaction()], "SUCCES", 2002, None,
    ],
    ids=lambda said: json.dumps(said)[:40],
)  # fmt: skip
def test_a_list_that_says_anything_else_is_unknown_and_not_missing(said: object) -> None:
    assert isinstance(looked_up(said), Unknown)


@pytest.mark.parametrize(
    "changed",
    [
        {"idRequete": "CRX01OTHER"}, {"idRequete": REFERENCE.lower()}, {"idRequete": None},
        {"idRequete": [REFERENCE]}, {"numeroClient": "22890112234"}, {"numeroClient": 228},
        {"numeroClient": {}}, {"typeRequete": "REVERSAL"}, {"typeRequete": 1},
    ],
    ids=str,
)  # fmt: skip
def test_an_answer_about_something_else_is_unknown(changed: dict[str, object]) -> None:
    """F-N06, I-36: whatever it says of the money."""
    assert isinstance(debit(acknowledgement(**changed)), Unknown)
    assert isinstance(debit(acknowledgement(**{"code": "500", **changed})), Unknown)
    assert isinstance(credit(credited(**changed)), Unknown)
    assert isinstance(looked_up({"total": 1, "data": [transaction(**changed)]}), Unknown)


def test_a_debit_is_not_found_among_credits_nor_a_credit_among_debits() -> None:
    assert isinstance(looked_up({"data": [credited(code="2002")]}), Unknown)
    assert isinstance(looked_up({"data": [transaction()]}, kind=wire.CREDIT), Unknown)
    assert isinstance(credit(transaction()), Unknown)


@pytest.mark.parametrize("amount", [1600, "1600", 1600.0, "1600.00"])
def test_another_amount_is_told_and_left_to_the_domain(amount: object) -> None:
    """F-O09."""
    assert credit(credited(montant=amount)) == Succeeded("104455667", xof(1600))
    assert looked_up({"data": [transaction(montant=amount)]}) == Succeeded("104455667", xof(1600))


@pytest.mark.parametrize("amount", ["1500.50", 1500.5, -1500, "mille", "", True, [], {}, 10**15])
def test_an_amount_that_cannot_be_read_is_unknown(amount: object) -> None:
    """I-08."""
    assert isinstance(credit(credited(montant=amount)), Unknown)
    assert isinstance(looked_up({"data": [transaction(montant=amount)]}), Unknown)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("104455667", "104455667"), (104455667, "104455667"), ("T#REF802", "T#REF802"),
     (None, None), ("", None), ([], None), ("x\x00", None), ("x" * 65, None)],
)  # fmt: skip
def test_ref_tmoney_is_kept_as_text_whether_it_came_as_text_or_number(
    said: object, kept: str | None
) -> None:
    assert credit(credited(refTmoney=said)) == Succeeded(kept, xof(1500))


@pytest.mark.parametrize(
    "status", [100, 201, 202, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503]
)
def test_a_status_other_than_200_says_nothing_whatever_the_body(status: int) -> None:
    """F-O15: hTTP status 500 is not code 500."""
    assert isinstance(debit(acknowledgement(code="500"), status=status), Unknown)
    assert isinstance(credit(credited(), status=status), Unknown)
    assert isinstance(looked_up({"total": 0, "data": []}, status=status), Unknown)
    assert isinstance(looked_up({"data": [transaction()]}, status=status), Unknown)


FAULT = {"fault": {"code": 900901, "message": "Invalid Credentials", "description": ""}}


@pytest.mark.parametrize(
    ("content", "status", "refused"),
    [
        (FAULT, 401, True),
        (FAULT, 403, True),
        ({"fault": {"code": "900901"}}, 200, True),
        ("<html>401</html>", 401, True),
        ({"code": "403", "message": "Not signed in"}, 200, True),
        ({"code": "403", "message": "Not signed in"}, 403, True),
        ({"fault": {"code": 900908}}, 403, False),  # forbidden: another token changes nothing
        ({"fault": {"code": [900901]}}, 403, False),
        ({"fault": {"code": 101504}}, 504, False),  # the gateway's own timeout: may have happened
        (FAULT, 500, False),
        ("<html>403</html>", 403, False),
        ({"code": "4001"}, 200, False),
        ({**acknowledgement(), "statutRequete": "SUCCES"}, 401, False),
        (credited(code="403"), 200, False),
    ],
    ids=str,
)
def test_only_a_definite_refusal_of_the_token_is_taken_for_one(
    content: object, status: int, *, refused: bool
) -> None:
    assert wire.refuses_token(wire.read_answer(answer(content, status=status))) is refused
