"""A payer's visit to the simulated page, from the order form to the way back (operators.md 1.3).

form --> PHONE_PIN --> OTP --> paid --"Confirmer"--> accepturl
            │ 3 wrong: wallet blocked   │ 1 wrong          "Annuler" --> cancelurl
            └── no funds, no wallet, a limit, silence ───────────────> declineurl
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from cross.operators.tmoney_online import simulator_pages as pages
from cross.operators.tmoney_online.simulator_form import (
    ADDRESSES,
    OrderForm,
    flaw_in,
    is_address,
    read_form,
    typed_number,
)
from cross.operators.tmoney_online.simulator_sessions import Sessions, session_seconds
from cross.simulation.cashier import PIN_TRIES
from cross.simulation.clients import Client
from cross.simulation.dialect import Office
from cross.simulation.exchange import Call, Reply, Request, Visit, redirect_reply
from cross.simulation.journal import Kind
from cross.simulation.numbers import Number
from cross.simulation.page import ACTION, OTP, PHONE, PIN, Action, Page, page_reply
from cross.simulation.payments import Failure, Order, Payment, State
from cross.simulation.wallets import Message

_PAGES_MAX: Final = 4  # three PINs and one OTP
_TOLD_WITHIN_SECONDS: Final = 330  # the form's own time, and a notification's three tries
_OPENS_NO_WALLET: Final = ""


class Step(StrEnum):
    """What the payer is asked for next."""

    PHONE_PIN = "phone_pin"
    OTP = "otp"


@dataclass(slots=True, eq=False)
class PageVisit:
    """One payer on the page; `turned_away` is why there is nothing to pay, if so.

    Each page waits for the session's time from the last PIN or OTP that was typed; `turn` counts
    these, so that the time of an earlier page ends nothing.
    """

    screen: pages.Screen
    client: Client
    payment: Payment | None
    expires_at: datetime
    step: Step = Step.PHONE_PIN
    turned_away: str = ""
    typed: str = ""
    wrong: str = ""
    otp: str = ""
    turn: int = 0

    @property
    def form(self) -> OrderForm:
        """The order that the browser brought."""
        return self.screen.form


class Visits:
    """Every visit, and what each button of its pages does."""

    def __init__(self, office: Office, *, sessions: Sessions) -> None:
        self._office = office
        self._sessions = sessions
        self._by_key: dict[str, PageVisit] = {}
        self._by_session: dict[str, PageVisit] = {}
        self._serial = 0

    def read_form(self, request: Request) -> Call:
        """The order form, as a visit of the browser that posts it."""
        fields = request.form_fields()
        form = read_form(fields or {})
        if fields is None:
            return page_reply(pages.no_such_page(form), status=400)
        return Visit(form.purchaseref, partial(self._begin, form))

    def read_page(self, request: Request) -> Call:
        """A button pressed on a page, as a visit by the wallet that is named there."""
        fields = request.form_fields() or {}
        visit = self._by_key.get(fields.get(pages.VISIT, ""))
        if visit is None:
            return page_reply(pages.no_such_page(read_form({})), status=404)
        act = partial(self._act, visit, fields)
        return Visit(visit.form.purchaseref, act, _wallet_named(visit, fields) or "")

    def _begin(self, form: OrderForm) -> Reply:
        client = self._office.clients.with_credentials(merchantid=form.merchantid)
        if client is None:
            return page_reply(pages.no_such_page(form))
        session = self._sessions.find(form.sessionid, client=client)
        if session is None:
            return self._show(self._turn_away(form, client, Failure.EXPIRED, "expired"))
        if session.is_used:
            earlier = self._by_session[form.sessionid]
            if earlier.form == form:  # ASSUMED: a form posted twice by its browser is one visit
                return self._show(earlier)
            return self._show(self._turn_away(form, client, Failure.EXPIRED, "used"))
        session.is_used = True
        if flaw_in(form) is None:
            visit = self._welcome(form, client)
        else:
            visit = self._turn_away(form, client, Failure.BAD_ORDER, "bad_order")
        self._by_session[form.sessionid] = visit
        return self._show(visit)

    def _welcome(self, form: OrderForm, client: Client) -> PageVisit:
        seconds = session_seconds(client)
        payment = self._office.cashier.take_hosted(
            _order(form, client),
            operator_reference=self._next_reference(),
            seconds=_PAGES_MAX * seconds + _TOLD_WITHIN_SECONDS,  # number 08 is later than all
        )
        self._office.cashier.play(payment)  # a forged notification, where one is planted
        visit = self._keep(form, client, payment)
        self._wait(visit)
        return visit

    def _turn_away(
        self, form: OrderForm, client: Client, failure: Failure, reason: str
    ) -> PageVisit:
        """Tells the merchant, but of a purchaseref whose fate is told by another visit."""
        payment = None
        cashier = self._office.cashier
        if form.purchaseref and cashier.find(form.purchaseref, client=client) is None:
            payment = cashier.take_debit(
                _order(form, client), operator_reference=self._next_reference()
            )
            cashier.decide(payment, failure)
        visit = self._keep(form, client, payment)
        visit.turned_away = visit.screen.say(reason, field=flaw_in(form) or "")
        return visit

    def _act(self, visit: PageVisit, fields: Mapping[str, str]) -> Reply:
        payment = visit.payment
        action = fields.get(ACTION)
        if payment is None or payment.state is not State.PENDING or payment.authorised_at:
            return self._leave(visit) if action == Action.CONFIRM else self._show(visit)
        visit.wrong = ""
        if action == Action.CANCEL:
            self._office.cashier.decide(payment, Failure.REFUSED)
        elif action == Action.CONTINUE and visit.step is Step.PHONE_PIN:
            self._take_pin(visit, payment, fields)
        elif action == Action.PAY and visit.step is Step.OTP:
            return self._take_otp(visit, payment, fields.get(OTP, "").strip())
        return self._show(visit)

    def _take_pin(self, visit: PageVisit, payment: Payment, fields: Mapping[str, str]) -> None:
        cashier = self._office.cashier
        visit.typed = fields.get(PHONE, "")[:20]
        msisdn, pin = _wallet_named(visit, fields), fields.get(PIN, "").strip()
        if msisdn is None or not pin:
            visit.wrong = visit.screen.say("bad_number" if msisdn is None else "no_pin")
            return
        objection = cashier.name_payer(payment, msisdn)
        if objection is not None:
            cashier.decide(payment, objection)
            return
        if payment.number is Number.WRONG_PIN:
            pin = _OPENS_NO_WALLET
        if cashier.check_pin(payment, pin):
            visit.step = Step.OTP
            self._send_code(visit, payment)
        else:
            left = PIN_TRIES - payment.pin_attempts
            visit.wrong = visit.screen.say("wrong_pin", left=str(left))
        self._wait(visit)

    def _send_code(self, visit: PageVisit, payment: Payment) -> None:
        """The SMS with the code, but to a number at which nobody acts."""
        world = self._office.world
        digits = pages.OTP_DIGITS
        visit.otp = f"{world.random_bits(64) % 10**digits:0{digits}d}"
        wallet = self._office.purse.existing(payment.order.msisdn)
        if wallet is not None and payment.number is not Number.SILENT:
            text = visit.screen.say(
                "sms", code=visit.otp, amount=visit.screen.amount, brand=visit.screen.brand
            )
            wallet.receive(Message(text, world.timers.now()))

    def _take_otp(self, visit: PageVisit, payment: Payment, otp: str) -> Reply:
        cashier = self._office.cashier
        if not otp:
            visit.wrong = visit.screen.say("no_otp")
        elif otp != visit.otp:
            cashier.decide(payment, Failure.WRONG_CODE)
        else:
            cashier.authorise(payment)
        reply = self._show(visit)
        if payment.authorised_at is not None:
            reply.payment = payment
            if payment.number is not Number.LATE_APPROVAL:
                reply.finish = lambda _: self._show(visit)
        return reply

    def _show(self, visit: PageVisit) -> Reply:
        """The page at which this visit stands."""
        payment = visit.payment
        leads_back = self._way_back(visit) is not None
        if visit.turned_away or payment is None:
            return page_reply(
                pages.not_paid(visit.screen, visit.turned_away, leads_back=leads_back)
            )
        if payment.state is State.FAILED:
            return self._leave(visit)
        if payment.state is State.PAID:
            reference = payment.operator_reference
            return page_reply(pages.paid(visit.screen, paymentref=reference, leads_back=leads_back))
        if payment.authorised_at is not None:
            return page_reply(pages.in_progress(visit.screen, leads_back=leads_back))
        return page_reply(_question(visit, payment))

    def _leave(self, visit: PageVisit) -> Reply:
        """Back to the merchant, who learns nothing by it."""
        url = self._way_back(visit)
        if url is not None:
            return redirect_reply(url)
        is_paid = visit.payment is not None and visit.payment.state is State.PAID
        if is_paid:
            return self._show(visit)
        reason = visit.turned_away or visit.screen.say("failed_note")
        return page_reply(pages.not_paid(visit.screen, reason, leads_back=False))

    def _way_back(self, visit: PageVisit) -> str | None:
        payment = visit.payment
        failure = Failure.BAD_ORDER if payment is None else payment.failure
        if failure is None:
            return _address(visit.form, visit.client, "accepturl")
        if failure is Failure.REFUSED:
            return _address(visit.form, visit.client, "cancelurl")
        if failure is Failure.WRONG_CODE:
            name = str(visit.client.settings["wrong_otp_redirect"])
            return _address(visit.form, visit.client, name)
        return _address(visit.form, visit.client, "declineurl")

    def _wait(self, visit: PageVisit) -> None:
        """Give the payer the session's time anew."""
        timers = self._office.world.timers
        seconds = session_seconds(visit.client)
        visit.turn += 1
        visit.expires_at = timers.now() + timedelta(seconds=seconds)
        timers.after(seconds, partial(self._expire, visit, turn=visit.turn))

    def _expire(self, visit: PageVisit, *, turn: int) -> None:
        payment = visit.payment
        if payment is not None and visit.turn == turn and payment.authorised_at is None:
            self._office.cashier.decide(payment, Failure.EXPIRED)

    def _keep(self, form: OrderForm, client: Client, payment: Payment | None) -> PageVisit:
        key = f"{self._office.world.random_bits(128):032x}"
        addresses = (_address(form, client, name) for name in ADDRESSES)
        screen = pages.Screen(
            form, form.brand or client.name.upper(), key, tuple(filter(None, addresses))
        )
        visit = PageVisit(screen, client, payment, self._office.world.timers.now())
        self._by_key[key] = visit
        return visit

    def _next_reference(self) -> str:
        self._serial += 1
        return f"PR{self._serial:08d}"


def _order(form: OrderForm, client: Client) -> Order:
    asked = {"amount": form.amount, "currency": form.currency}
    return Order(Kind.DEBIT, client, form.purchaseref, "", form.whole_amount, asked)


def _question(visit: PageVisit, payment: Payment) -> Page:
    if visit.step is Step.OTP:
        return pages.one_time_code(
            visit.screen, phone=payment.order.msisdn, wrong=visit.wrong, until=visit.expires_at
        )
    return pages.phone_and_pin(
        visit.screen, typed=visit.typed, wrong=visit.wrong, until=visit.expires_at
    )


def _wallet_named(visit: PageVisit, fields: Mapping[str, str]) -> str | None:
    """The wallet of this request: the merchant's, else as typed; none where nothing is asked."""
    if fields.get(ACTION) == Action.PAY and visit.payment is not None:
        return visit.payment.order.msisdn
    if fields.get(ACTION) != Action.CONTINUE:
        return None
    return typed_number(visit.form.phone) or typed_number(fields.get(PHONE, ""))


def _address(form: OrderForm, client: Client, name: str) -> str | None:
    """A return address: the form's, else the one configured for the merchant (operators.md 1.2)."""
    for url in (str(getattr(form, name)), str(client.settings[name])):
        if is_address(url):
            return url
    return None
