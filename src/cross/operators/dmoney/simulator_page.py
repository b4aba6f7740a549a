"""The simulated paygate: the payer's phone, PIN, and ways out, on D-Money's own page (section 5.5).

Who opens it by its signed address gets a form that only this order's page knows (`visit`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import unquote

from cross.domain.money import DJF
from cross.operators.dmoney.simulator_answers import local_text
from cross.operators.dmoney.simulator_facts import FACTS
from cross.operators.dmoney.simulator_notice import Notices
from cross.operators.dmoney.simulator_orders import Checkout, Orders
from cross.operators.dmoney.simulator_page_words import Words, words_in
from cross.operators.dmoney.simulator_requests import is_signed_by
from cross.simulation.cashier import PIN_TRIES
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Reply, Request, Visit, redirect_reply
from cross.simulation.numbers import Number
from cross.simulation.page import ACTION, PHONE, PIN, Action, Field, Page, page_reply
from cross.simulation.payments import Failure, Payment, State

PAGE_PATH: Final = "/payment/web/paygate"  # operators.md section 5.1
_BRAND: Final = "D-Money"
_ACCENT: Final = "#00695c"
_SIGNED: Final = ("appid", "merch_code", "nonce_str", "prepay_id", "timestamp")
_SIGNED_BY_SOME: Final = (*_SIGNED, "version", "trade_type", "language")  # operators.md 5.5
_COUNTRY: Final = re.compile(r"^(\+|00)?253")
_NATIONAL: Final = re.compile(r"[0-9]{8}", re.ASCII)
_SPACES: Final = re.compile(r"[\s.\-()\u00a0\u202f]")
_PIN_LENGTH_MAX: Final = 8
_TIME_OF_DAY: Final = slice(11, 16)


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who is on an order's page, and what he typed; `msisdn` is None where it is no number."""

    checkout: Checkout
    language: str
    phone: str = ""
    msisdn: str | None = None
    pin: str = ""

    @property
    def payment(self) -> Payment:
        return self.checkout.payment

    @property
    def words(self) -> Words:
        return words_in(self.language)


class Paygate:
    """Serves the page, and lets its payer answer once."""

    def __init__(self, office: Office, orders: Orders, notices: Notices) -> None:
        self._office = office
        self._orders = orders
        self._notices = notices

    def read(self, request: Request) -> Call:
        """A visit: by the address that the merchant signed, then by the page's own form."""
        return self._answer(request) if request.method == "POST" else self._open(request)

    def _open(self, request: Request) -> Call:
        query = request.query_fields() or {}
        language = query.get("language", "fr")
        checkout = self._orders.of_prepay_id(query.get("prepay_id", ""))
        if checkout is None or not self._is_signed(checkout, query):
            return _not_valid(language)
        guest = _Guest(checkout, language)
        return Visit(guest.payment.order.reference, partial(self._show, guest))

    def _answer(self, request: Request) -> Call:
        form = request.form_fields() or {}
        language, phone = form.get("language", "fr"), form.get(PHONE, "")
        checkout = self._orders.of_visit(form.get("visit", ""))
        if checkout is None:
            return _not_valid(language)
        guest = _Guest(checkout, language, phone, _msisdn(phone), form.get(PIN, ""))
        reference = guest.payment.order.reference
        if form.get(ACTION) == Action.PAY:
            return Visit(reference, partial(self._pay, guest), msisdn=guest.msisdn or "")
        does = self._cancel if form.get(ACTION) == Action.CANCEL else self._go_on
        return Visit(reference, partial(does, guest))

    def _is_signed(self, checkout: Checkout, query: Mapping[str, str]) -> bool:
        """Five fields are signed, or eight; `sign` comes bare, encoded once or twice (5.5)."""
        client = checkout.client
        if any(query.get(name) != client.credentials[name] for name in ("appid", "merch_code")):
            return False
        signature = query.get("sign", "")
        if "%" in signature and client.settings["accept_double_encoded_sign"]:
            signature = unquote(signature)
        signature = signature.replace(" ", "+")
        for names in (_SIGNED, _SIGNED_BY_SOME):
            fields = {**{name: query.get(name, "") for name in names}, "sign": signature}
            if is_signed_by(client, fields, world=self._office.world):
                return True
        return False

    def _pay(self, guest: _Guest) -> Reply:
        payment, words = guest.payment, guest.words
        if not _is_open(payment):
            return self._show(guest)
        if guest.msisdn is None:
            return self._form(guest, words.bad_phone)
        cashier = self._office.cashier
        objection = cashier.name_payer(payment, guest.msisdn)
        if objection is Failure.LIMIT_REACHED:
            cashier.decide(payment, objection)
            return self._show(guest)
        if objection is not None:
            return self._form(guest, words.failures[objection])
        if payment.number is Number.REFUSES:
            return self._cancel(guest)
        return self._with_pin(guest) if guest.pin else self._form(guest, words.no_pin)

    def _with_pin(self, guest: _Guest) -> Reply:
        payment, cashier = guest.payment, self._office.cashier
        if payment.number is Number.WRONG_PIN:
            cashier.decide(payment, Failure.WRONG_PIN)
        elif not cashier.check_pin(payment, guest.pin):
            left = PIN_TRIES - payment.pin_attempts
            if left > 0:
                return self._form(guest, guest.words.wrong_pin.format(left=left))
        elif payment.number is Number.SILENT:
            return self._form(guest, guest.words.waiting, is_wrong=False)
        else:
            self._authorise(payment)
        reply = self._show(guest)
        reply.payment = payment
        if payment.number is not Number.LATE_APPROVAL:
            reply.finish = lambda _: self._ended(guest)
        return reply

    def _authorise(self, payment: Payment) -> None:
        if payment.order.client.settings["notify_paying"]:
            self._office.cashier.report(payment)
        self._office.cashier.authorise(payment)

    def _ended(self, guest: _Guest) -> Reply:
        """Who has paid goes back at once; who has not reads why first."""
        return self._go_on(guest) if guest.payment.state is State.PAID else self._show(guest)

    def _cancel(self, guest: _Guest) -> Reply:
        """The payer leaves: the order stays, he may come back (ASSUMED: section 5.11)."""
        if not _is_open(guest.payment):
            return self._show(guest)
        url = self._notices.way_back(guest.payment, is_cancelled=True)
        if url is not None:
            return redirect_reply(url)
        return self._form(guest, guest.words.cancelled, is_wrong=False)

    def _go_on(self, guest: _Guest) -> Reply:
        url = self._notices.way_back(guest.payment)
        if guest.payment.state is not State.PENDING and url is not None:
            return redirect_reply(url)
        return self._show(guest)

    def _show(self, guest: _Guest) -> Reply:
        """The page as the order stands now."""
        if _is_open(guest.payment):
            return self._form(guest)
        words, payment = guest.words, guest.payment
        buttons: tuple[tuple[Action, str], ...] = ()
        if payment.state is State.PENDING:
            buttons = ((Action.CONTINUE, words.look_again),)
        elif guest.checkout.asked("redirect_url"):
            buttons = ((Action.CONTINUE, words.back),)
        title, note = _standing(payment, words)
        is_wrong = payment.state is State.FAILED
        page = replace(_page(guest), title=title, note=note, is_wrong=is_wrong, buttons=buttons)
        return page_reply(page)

    def _form(self, guest: _Guest, note: str = "", *, is_wrong: bool = True) -> Reply:
        words = guest.words
        page = replace(
            _page(guest),
            note=note,
            is_wrong=is_wrong,
            fields=(
                Field(PHONE, words.phone, value=guest.phone, hint=words.phone_hint),
                Field(PIN, words.pin, secret=True, length_max=_PIN_LENGTH_MAX),
            ),
            buttons=(
                (Action.PAY, words.pay.format(amount=_amount(guest))),
                (Action.CANCEL, words.cancel),
            ),
        )
        return page_reply(page)


def _page(guest: _Guest) -> Page:
    checkout, words = guest.checkout, guest.words
    expires_at = guest.payment.prompt_expires_at
    facts = [
        (words.merchant, checkout.client.credentials["merch_code"]),
        (words.what_for, checkout.asked("title")),
        (words.order, guest.payment.order.reference),
    ]
    if expires_at is not None and _is_open(guest.payment):
        facts.append((words.expires, local_text(expires_at)[_TIME_OF_DAY]))
    return Page(
        brand=_BRAND,
        accent=_ACCENT,
        language=guest.language,
        title=words.title,
        amount=_amount(guest),
        facts=tuple(facts),
        hidden=(("visit", checkout.visit), ("language", guest.language)),
        target=PAGE_PATH.rpartition("/")[2],
        leads_to=(checkout.asked("redirect_url"),),
    )


def _not_valid(language: str) -> Reply:
    words = words_in(language)
    page = Page(_BRAND, _ACCENT, language, words.failed_title, note=words.bad_address)
    return page_reply(replace(page, is_wrong=True), status=400)


def _standing(payment: Payment, words: Words) -> tuple[str, str]:
    if payment.state is State.PENDING:
        return words.waiting_title, words.waiting
    if payment.state is State.PAID:
        return words.paid_title, words.paid
    failure = payment.failure or Failure.REFUSED
    return words.failed_title, words.failures.get(failure, "")


def _is_open(payment: Payment) -> bool:
    return payment.state is State.PENDING and payment.authorised_at is None


def _amount(guest: _Guest) -> str:
    digits = f"{guest.payment.order.amount:,}".replace(",", guest.words.thousands)
    return f"{digits}\u00a0{DJF.symbol}"


def _msisdn(typed: str) -> str | None:
    """A number of this operator as people type it; None for any other."""
    national = _COUNTRY.sub("", _SPACES.sub("", typed), count=1)
    msisdn = f"253{national}"
    return msisdn if _NATIONAL.fullmatch(national) and FACTS.serves(msisdn) else None
