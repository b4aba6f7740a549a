"""`/handset/{msisdn}`: a phone in a page (sandbox.md section 4), with a script or without."""

from collections.abc import Mapping
from html import escape
from typing import Final, NamedTuple

from cross.domain.ids import RandomBits
from cross.simulation.control import each
from cross.simulation.control_fields import BadCall, msisdn
from cross.simulation.control_people import PeopleCalls
from cross.simulation.exchange import Reply, Request, html_reply, redirect_reply
from cross.simulation.screens import screen

KEYS: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "signal": "réseau ▂▄▆",
        "nosignal": "pas de réseau",
        "ignore": "Ignorer",
        "cancel": "Annuler",
        "power": "Éteindre / allumer",
        "network": "Sans réseau",
        "balance": "Solde",
        "operator_word": "Opérateur",
        "change": "Changer",
        "pin": "Code secret",
        "refresh": "Actualiser",
        "empty": "Aucun message.",
        "waiting": "{n} demande en attente : composez *145#",
        "again": "Demande rouverte.",
        "silent": "Les opérateurs simulés ne répondent pas.",
        "paid": "Payé.",
        "wrong": "Code erroné. Essais restants : {n}",
        "failed": "Refusé :",
        "changed": "Solde changé.",
    },
    "en": {
        "signal": "signal ▂▄▆",
        "nosignal": "no signal",
        "ignore": "Ignore",
        "cancel": "Cancel",
        "power": "Off / on",
        "network": "No network",
        "balance": "Balance",
        "operator_word": "Operator",
        "change": "Change",
        "pin": "PIN",
        "refresh": "Refresh",
        "empty": "No message.",
        "waiting": "{n} request waiting: dial *145#",
        "again": "The request is open again.",
        "silent": "The simulated operators do not answer.",
        "paid": "Paid.",
        "wrong": "Wrong PIN. Tries left: {n}",
        "failed": "Refused:",
        "changed": "The balance is changed.",
    },
}


class _Phone(NamedTuple):
    number: str
    lang: str
    words: Mapping[str, str]


class Handsets:
    """Draws any phone as it is now, and takes what is typed on one without a script."""

    def __init__(
        self, people: PeopleCalls, *, operators: tuple[str, ...], random_bits: RandomBits
    ) -> None:
        self._people = people
        self._operators = operators
        self._random_bits = random_bits

    def answer(self, request: Request) -> Reply:
        """The phone, or where to look again after a prompt was answered."""
        asked = request.query_fields() or {}
        lang = asked.get("lang", "fr")
        try:
            phone = _Phone(msisdn(request.path.strip("/")), lang, _WORDS.get(lang, _WORDS["fr"]))
            if request.method == "POST":
                return self._press(request, phone)
            return self._draw(phone, note="")
        except BadCall as refusal:
            return html_reply(f"<p>{escape(refusal.message)}</p>", status=refusal.status)

    def _press(self, request: Request, phone: _Phone) -> Reply:
        typed = request.form_fields() or {}
        pin = typed.get("pin", "") if typed.get("action") == "approve" else None
        said = self._people.answer_prompt(phone.number, typed.get("prompt", ""), pin=pin)
        if said["state"] == "pending":
            return self._draw(phone, note=phone.words["wrong"].format(n=said["pin_tries_left"]))
        here = f"/handset/{phone.number}?lang={phone.lang}"
        return redirect_reply(f"{request.scheme}://{request.header(b'host')}{here}")

    def _draw(self, phone: _Phone, *, note: str) -> Reply:
        self._people.take_in_hand(phone.number)
        words, state = phone.words, self._people.handset(phone.number)
        operators = "".join(f"<option>{escape(name)}</option>" for name in self._operators)
        keys = "".join(f'<button data-key="{key}">{key}</button>' for key in KEYS)
        return screen(
            "handset",
            {
                **{name: words[name] for name in _SHOWN},
                "lang": phone.lang if phone.lang in _WORDS else "fr",
                "number": _grouped(phone.number),
                "msisdn": phone.number,
                "note": note,
                "content": _content(state, words),
                "plain": _plain(state, words),
                "keys": keys,
                "operators": operators,
            },
            words=words,
            random_bits=self._random_bits,
        )


_SHOWN: Final = (
    *("signal", "ignore", "cancel", "power", "network", "balance", "operator_word"),
    "change",
)


def _content(state: Mapping[str, object], words: Mapping[str, str]) -> str:
    """What the screen shows before a script draws it, or where none does."""
    prompts, sms, balances = (each(state[name]) for name in ("prompts", "sms", "balances"))
    shown = [
        f"<h1>{escape(str(p['operator']))}</h1><p>{escape(str(p['text']))}</p>" for p in prompts
    ]
    shown += [
        f"<p>{escape(str(b['operator']))} : <b>{b['balance']:,}</b> {b['currency']}</p>".replace(
            ",", "\u00a0"
        )
        for b in balances
    ]
    texts = [f"<li>{escape(str(one['text']))}</li>" for one in reversed(sms)]
    shown.append(f'<ul class="sms">{"".join(texts)}</ul>' if texts else f"<p>{words['empty']}</p>")
    return "".join(shown)


def _plain(state: Mapping[str, object], words: Mapping[str, str]) -> str:
    """The forms of a phone without a script: one for each prompt, and a way to look again."""
    forms = [
        f'<form class="plain" data-plain method="post"><input type="hidden" name="prompt"'
        f' value="{escape(str(prompt["id"]))}"><label>{words["pin"]} <input name="pin"'
        f' type="password" inputmode="numeric" autocomplete="off"></label>'
        f'<button name="action" value="approve">OK</button>'
        f'<button class="no" name="action" value="refuse">{words["cancel"]}</button></form>'
        for prompt in each(state["prompts"])
    ]
    again = f'<form class="plain" data-plain><button>{words["refresh"]}</button></form>'
    return "".join(forms) + again


def _grouped(number: str) -> str:
    country, rest = number[:3], number[3:]
    pairs = [rest[place : place + 2] for place in range(0, len(rest), 2)]
    return f"+{country} {' '.join(pairs)}"
