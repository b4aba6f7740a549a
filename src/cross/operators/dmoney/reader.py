"""Reads the gateway's answers: believes what it signed, about our own orders and nothing else."""

from collections.abc import Mapping
from http.client import BAD_REQUEST, OK, UNAUTHORIZED
from typing import Final, NamedTuple

from cross.connector.reading import Fields, message_in, read_object, text_in
from cross.domain.operator import Unknown
from cross.operators.dmoney.setup import Keys, Merchant
from cross.operators.dmoney.signing import is_ambiguous, verify_fields
from cross.outbound import HttpResponse

# Source: operators.md 5.4
_YES: Final = frozenset({"0", "00000"})
_BAD_TOKEN: Final = "1001"  # noqa: S105
_TEXTS: Final = ("msg", "message", "errorMsg", "error_details", "errorSolution")
_NOT_CHECKED: Final = ("sign", *_TEXTS)  # sentences for people: nothing is decided by them


class Answer(NamedTuple):
    """An HTTP answer, its body read once; `fields` is None when it is no JSON object."""

    status: int
    fields: Fields | None


class No(NamedTuple):
    """An answer that says no: all its codes, and what it says beside them."""

    codes: tuple[str, ...]
    message: str | None


class Reader:
    """Believes what the gateway signed, about our own orders and nothing else."""

    def __init__(self, merchant: Merchant, keys: Keys) -> None:
        self._merchant = merchant
        self._keys = keys

    def content(
        self, answer: Answer, *, reference: str, must_be_signed: bool = True
    ) -> Fields | No | Unknown:
        """The `biz_content` of a yes about that order, or a no, or neither."""
        fields = answer.fields
        if fields is None or answer.status not in (OK, BAD_REQUEST):
            return Unknown(f"no answer in JSON, HTTP status {answer.status}")
        if "sign" in fields and not self._is_genuine(fields):
            return Unknown("the answer's signature is not the gateway's")
        said_no = _no_in(fields)
        if said_no is not None:
            return said_no
        content = fields.get("biz_content")
        if answer.status != OK or not isinstance(content, Mapping):
            return Unknown(f"a yes without content, HTTP status {answer.status}")
        if must_be_signed and "sign" not in fields:
            return Unknown("the answer is not signed")
        return self._doubt(fields, content, reference) or content

    def _is_genuine(self, fields: Fields) -> bool:
        return is_the_gateways(fields, self._keys)

    def _doubt(self, fields: Fields, content: Fields, reference: str) -> Unknown | None:
        """Why an answer is not about our order, if so; unclear values could be forged (7b)."""
        for name, value in (*fields.items(), *content.items()):
            if name not in _NOT_CHECKED and (is_ambiguous(name) or _could_be_more(value)):
                return Unknown(f"the answer's {message_in(name)} could be taken for others")
        ours = {
            "appid": self._merchant.appid,
            "merch_code": self._merchant.merch_code,
            "merch_order_id": reference,
        }
        for name, value in ours.items():
            if content.get(name, value) != value:
                return Unknown(f"the answer is about another {name}")
        return None


def is_the_gateways(fields: Fields, keys: Keys) -> bool:
    """Whether one of the gateway's keys signed the fields."""
    return any(
        verify_fields(fields, key, salt_bytes=keys.salt_bytes) is not None for key in keys.gateway
    )


def read_answer(response: HttpResponse) -> Answer:
    """The answer's status and its JSON object."""
    return Answer(response.status, read_object(response.body))


def refuses_token(answer: Answer) -> bool:
    """Whether the gateway turned a request away for its token, before it did anything with it."""
    return answer.status == UNAUTHORIZED or _BAD_TOKEN in _codes(answer.fields or {})


def _could_be_more(value: object) -> bool:
    return isinstance(value, str) and is_ambiguous(value)


def _codes(fields: Fields) -> tuple[str, ...]:
    """Every code in an answer; one that is no text is not listed anywhere."""
    said = [fields[name] for name in ("code", "errorCode") if name in fields]
    return tuple(text_in(code) or "?" for code in said)


def _no_in(fields: Fields) -> No | None:
    """The no in an answer; a yes has a good code and no `errorCode` beside it (5.2)."""
    codes = _codes(fields)
    says_yes = fields.get("result", "SUCCESS") == "SUCCESS" and "errorCode" not in fields
    if codes and says_yes and set(codes) <= _YES:
        return None
    return No(codes, message_in(*(fields.get(name) for name in _TEXTS)))
