"""Notifications as a forger would write them, of every operator, from a seed.

Each is altered in one way that is named, so that what gets through can be told and played again.
The forger has seen genuine notifications and can have his own signed; he has no operator's key.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm

from cross.domain.operator import RawCallback
from cross.operators.dmoney.signing import canonical, signed

STRANGER: Final = "192.0.2.9"
JSON_TYPE: Final = (("content-type", "application/json"),)
ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz"
# F-C12, F-Y09, F-I03: what has meant something to some parser.
STRANGE: Final = ("&", "=", "\r\n", "\0", "%26", "٣", "²", "\ud800", "\u202e", "é", " ", "'", "<")
SPOOFED: Final = ("127.0.0.1", "127.0.0.1, 127.0.0.1", "::1", "10.0.0.1, 127.0.0.1", "localhost")

Fields = dict[str, Any]


class Forged(NamedTuple):
    """A notification, to which operator it is sent, and how it was forged."""

    operator: str
    how: str
    callback: RawCallback


@dataclass(frozen=True, slots=True)
class Target:
    """The order that is to be taken for paid: what the operator would write of it.

    `fields` are those of a genuine notification, not signed; `key` is the operator's own, for the
    genuine notifications of other orders that the forger has seen.
    """

    operator: str
    reference: str
    fields: Mapping[str, Any]
    key: RSAPrivateKey | None = None
    stranger: RSAPrivateKey | None = None


Way = Callable[[Random, Target], RawCallback]


def forged(seed: int, targets: Sequence[Target]) -> Callable[[], Forged]:
    """A source of forged notifications, the same ones for the same seed and targets."""
    dice = Random(seed)  # noqa: S311  not a secret: the same ones for the same seed
    ways = [(target, how, way) for target in targets for how, way in _WAYS[target.operator].items()]

    def one() -> Forged:
        target, how, way = dice.choice(ways)
        return Forged(target.operator, how, way(dice, target))

    return one


def altered(dice: Random, text: str) -> str:
    """The text with one letter changed, added, taken away or made strange."""
    place = dice.randrange(len(text) + 1)
    tail = text[place + 1 :]
    match dice.randrange(4):
        case 0 if place < len(text):
            other = [letter for letter in ALPHABET if letter != text[place]]
            return text[:place] + dice.choice(other) + tail
        case 1 if place < len(text):
            return text[:place] + tail
        case 2:
            return text[:place] + dice.choice(STRANGE) + text[place:]
        case _:
            return text[:place] + dice.choice(ALPHABET) + text[place:]


def posted(content: Mapping[str, Any], *, peer: str = STRANGER) -> RawCallback:
    """A POST of JSON."""
    return RawCallback("POST", "", JSON_TYPE, json.dumps(content).encode(), peer)


# TMoney and Flooz sign nothing: whatever is said there is a hint, and a query tells.


def _said_by_anybody(dice: Random, target: Target) -> RawCallback:
    del dice
    return posted(target.fields)


def _of_an_unknown_order(dice: Random, target: Target) -> RawCallback:
    reference = "CRX" + "".join(dice.choices(ALPHABET[:36], k=26))
    return posted(_renamed(target, reference))


def _with_another_amount(dice: Random, target: Target) -> RawCallback:
    fields = dict(target.fields)
    for name in ("montant", "amount", "total_amount"):
        if name in fields:
            fields[name] = dice.choice([1, 10**9, "5000.00", -5, 5000.5, None, "٥٠٠٠"])
    return posted(fields)


def _with_a_field_altered(dice: Random, target: Target) -> RawCallback:
    fields = dict(target.fields)
    name = dice.choice(sorted(fields))
    fields[name] = altered(dice, str(fields[name]))
    return posted(fields)


def _with_a_key_twice(dice: Random, target: Target) -> RawCallback:
    name = dice.choice(sorted(target.fields))
    body = json.dumps(dict(target.fields))
    again = json.dumps({name: altered(dice, str(target.fields[name]))})[1:-1]
    first = dice.random() < 0.5
    twice = f"{{{again}, {body[1:]}" if first else f"{body[:-1]}, {again}}}"
    return RawCallback("POST", "", JSON_TYPE, twice.encode(), STRANGER)


def _behind_a_name(dice: Random, target: Target) -> RawCallback:
    """F-C17: an address of the operator's in X-Forwarded-For."""
    header = dice.choice(["x-forwarded-for", "forwarded", "x-real-ip"])
    headers = (*JSON_TYPE, (header, dice.choice(SPOOFED)))
    return _genuine_looking(dice, target)._replace(headers=headers)


def _genuine_looking(dice: Random, target: Target) -> RawCallback:
    if target.operator == "tmoney-online":
        return _got(target.fields)
    return posted(_another_order_signed(dice, target) if target.key else target.fields)


def _renamed(target: Target, reference: str) -> Fields:
    return {
        name: reference if value == target.reference else value
        for name, value in target.fields.items()
    }


# D-Money signs: what is not signed by its gateway, over these very fields, is not believed.

_SEEN: Final[dict[tuple[str, str, int], Fields]] = {}
_SEEN_MOST: Final = 32


def _signed_once(target: Target, how: str, number: int, make: Callable[[], Fields]) -> Fields:
    """A signature costs half a millisecond: so many of each kind are made, then used again."""
    key = (target.reference, how, number)
    found = _SEEN.get(key)
    if found is None:
        found = _SEEN[key] = make()
    return dict(found)


def _another_order_signed(dice: Random, target: Target) -> Fields:
    """A genuine notification of an order of the forger's own, which cost him one franc."""
    number = dice.randrange(_SEEN_MOST)

    def make() -> Fields:
        own = {**_renamed(target, f"ATTACKER{number}"), "total_amount": "1"}
        assert target.key is not None
        return signed(own, target.key)

    return _signed_once(target, "another", number, make)


def _for_the_victim(dice: Random, target: Target) -> RawCallback:
    """His own notification, with the victim's reference or amounts written over it."""
    fields = _another_order_signed(dice, target)
    names = dice.sample(sorted(target.fields), dice.randint(1, 4))
    over = {name: target.fields[name] for name in {*names, "merch_order_id"}}
    return posted({**fields, **over})


def _altered_after_signing(dice: Random, target: Target) -> RawCallback:
    fields = _another_order_signed(dice, target)
    covered = sorted(name for name in fields if name not in ("sign", "sign_type"))
    name = dice.choice(covered)
    return posted({**fields, name: altered(dice, str(fields[name]))})


def _with_a_part_left_out(dice: Random, target: Target) -> RawCallback:
    fields = _another_order_signed(dice, target)
    covered = [name for name in fields if name not in ("sign", "sign_type", "callback_info")]
    del fields[dice.choice(sorted(covered))]
    return posted(fields)


def _signature_altered(dice: Random, target: Target) -> RawCallback:
    fields = _another_order_signed(dice, target)
    raw = bytearray(base64.b64decode(fields["sign"]))
    match dice.randrange(4):
        case 0:
            raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        case 1:
            raw = raw[: dice.randrange(len(raw))]
        case 2:
            raw += bytes([dice.randrange(256)])
        case _:
            raw = bytearray(dice.randbytes(len(raw)))
    return posted({**fields, "sign": base64.b64encode(raw).decode()})


def _not_signed(dice: Random, target: Target) -> RawCallback:
    sign: Any = dice.choice([None, "", "null", "A" * 344, 0, True, [], {"a": 1}])
    fields = {**target.fields, "sign_type": "SHA256WithRSA"}
    return posted(fields if sign is None else {**fields, "sign": sign})


def _signed_by_another(dice: Random, target: Target) -> RawCallback:
    number = dice.randrange(_SEEN_MOST)

    def make() -> Fields:
        assert target.stranger is not None
        return signed({**target.fields, "timestamp": f"17953425{number:02}"}, target.stranger)

    return posted(_signed_once(target, "stranger", number, make))


def _signed_in_another_scheme(dice: Random, target: Target) -> RawCallback:
    """F-C16: the gateway's own key, and another padding, salt or digest."""
    schemes: list[tuple[PSS | PKCS1v15, HashAlgorithm]] = [
        (PKCS1v15(), SHA256()),
        (PKCS1v15(), SHA1()),  # noqa: S303  what a forger would try
        (PSS(MGF1(SHA256()), 20), SHA256()),
        (PSS(MGF1(SHA256()), 0), SHA256()),
        (PSS(MGF1(SHA256()), PSS.MAX_LENGTH), SHA256()),
        (PSS(MGF1(SHA1()), 32), SHA256()),  # noqa: S303  the mask's digest
        (PSS(MGF1(SHA512()), 32), SHA512()),
    ]
    number = dice.randrange(len(schemes))

    def make() -> Fields:
        padding, digest = schemes[number]
        assert target.key is not None
        raw = target.key.sign(canonical(target.fields).encode(), padding, digest)
        return {**target.fields, "sign": base64.b64encode(raw).decode()}

    labels = ("SHA256WithRSA", "SHA1WithRSA", "RSA", "none", "SHA256withRSA/PSS")
    said = _signed_once(target, "scheme", number, make)
    return posted({**said, "sign_type": dice.choice(labels)})


def _injected(dice: Random, target: Target) -> RawCallback:
    """operators.md 7b, F-C12: a genuine signature carried over to other fields."""
    victim = {name: value for name, value in target.fields.items() if name > "callback_info"}
    carrier = dice.choice(
        ["trans_currency", "trans_end_time", "trans_id", "zz", "payment_order_id"]
    )

    def make() -> Fields:
        inside = "&".join(f"{name}={victim[name]}" for name in sorted(victim) if name < carrier)
        mine = {
            **_renamed(target, "ATTACKER1"),
            "total_amount": "1",
            "callback_info": f"x&{inside}&{carrier}=z",
        }
        assert target.key is not None
        sign = signed(mine, target.key)["sign"]
        tail = canonical(mine).partition(f"&{carrier}=z")[2]
        shown = {name: value for name, value in victim.items() if name < carrier}
        lead = {k: v for k, v in target.fields.items() if k < "callback_info"}
        return {**lead, "callback_info": "x", **shown, carrier: f"z{tail}", "sign": sign}

    return posted(_signed_once(target, f"injected {carrier}", 0, make))


def _of_another_merchant(dice: Random, target: Target) -> RawCallback:
    """F-C15: signed by the gateway, for somebody else who sells there."""
    number = dice.randrange(_SEEN_MOST)

    def make() -> Fields:
        name = ("merch_code", "appid")[number % 2]
        assert target.key is not None
        return signed({**target.fields, name: f"{4000 + number}"}, target.key)

    return posted(_signed_once(target, "merchant", number, make))


def _with_more_fields(dice: Random, target: Target) -> RawCallback:
    """Unsigned fields that another reader might decide by (F-C13)."""
    fields = _another_order_signed(dice, target)
    more: Fields = {
        "biz_content": {"merch_order_id": target.reference, "trade_status": "Completed"},
        "refund_info": target.reference,
        "raw_request": json.dumps(dict(target.fields)),
        "wallet_reference_data": target.reference,
        "header": {"merch_order_id": target.reference},
        "MERCH_ORDER_ID": target.reference,
    }
    names = dice.sample(sorted(more), dice.randint(1, 3))
    return posted({**fields, **{name: more[name] for name in names}})


# TMoney Online is believed for its address, the token in its reference, and every field.


def _got(fields: Mapping[str, Any], *, peer: str = STRANGER) -> RawCallback:
    query = urlencode(fields, errors="surrogatepass")
    return RawCallback("GET", query, (), b"", peer)


def _from_a_stranger(dice: Random, target: Target) -> RawCallback:
    peer = dice.choice([STRANGER, "", "unix:", "localhost", "::2", "128.0.0.1", "126.255.255.255"])
    return _got({**target.fields, "paymentref": f"PR{dice.randrange(10**6)}"}, peer=peer)


def _with_another_token(dice: Random, target: Target) -> RawCallback:
    """From the operator's own address, even: the token is not one that we made."""
    reference, _, token = target.fields["purchaseref"].partition("-")
    made = dice.choice(
        [
            f"{reference}-{altered(dice, token)}",
            f"{reference}-{dice.randbytes(16).hex()}",
            f"{altered(dice, reference)}-{token}",
            f"{reference}-",
            reference,
            f"{reference}-{token}\n",
            f"{reference}-{token.upper()}" if token != token.upper() else reference,
            f" {reference}-{token}",
        ]
    )
    return _got({**target.fields, "purchaseref": made}, peer="127.0.0.1")


def _malformed(dice: Random, target: Target) -> RawCallback:
    """From the operator's own address, and with a field that no notification of its own has."""
    fields = dict(target.fields)
    wrong: Fields = {
        "amount": dice.choice(["5000.50", "5e3", "-5000", "٥٠٠٠", "5 000", "", "NaN", "+5000"]),
        "currency": dice.choice(["262", "XOF", "", "0952", "952 "]),
        "status": dice.choice(["ok", "OK ", "OKOK", "PAID", "", "O\0K"]),
        "mobile": dice.choice(["90112233", "+22890112233", "33612345678", "228901122333"]),
        "timestamp": dice.choice(["now", "-1", "1" * 14]),
        "purchaseref2": fields["purchaseref"],
    }
    name = dice.choice(sorted(wrong))
    return _got({**fields, name: wrong[name]}, peer="127.0.0.1")


def _given_twice(dice: Random, target: Target) -> RawCallback:
    name = dice.choice(sorted(target.fields))
    more = urlencode({name: altered(dice, str(target.fields[name]))}, errors="surrogatepass")
    query = _got(target.fields).query
    pair = (query, more) if dice.random() < 0.5 else (more, query)
    return RawCallback("GET", "&".join(pair), (), b"", "127.0.0.1")


def _in_a_body(dice: Random, target: Target) -> RawCallback:
    del dice
    query = _got(target.fields).query
    return RawCallback("POST", query, (), query.encode(), "127.0.0.1")


_HINTED: Final[Mapping[str, Way]] = {
    "said by anybody": _said_by_anybody,
    "of an unknown order": _of_an_unknown_order,
    "with another amount": _with_another_amount,
    "with a field altered": _with_a_field_altered,
    "with a key twice": _with_a_key_twice,
    "behind a name": _behind_a_name,
}
_WAYS: Final[Mapping[str, Mapping[str, Way]]] = {
    "tmoney": _HINTED,
    "flooz": _HINTED,
    "dmoney": {
        "not signed": _not_signed,
        "for the victim": _for_the_victim,
        "altered after signing": _altered_after_signing,
        "with a part left out": _with_a_part_left_out,
        "signature altered": _signature_altered,
        "signed by another": _signed_by_another,
        "in another scheme": _signed_in_another_scheme,
        "injected": _injected,
        "of another merchant": _of_another_merchant,
        "with more fields": _with_more_fields,
        "with a key twice": _with_a_key_twice,
    },
    "tmoney-online": {
        "from a stranger": _from_a_stranger,
        "behind a name": _behind_a_name,
        "with another token": _with_another_token,
        "malformed": _malformed,
        "given twice": _given_twice,
        "in a body": _in_a_body,
    },
}
