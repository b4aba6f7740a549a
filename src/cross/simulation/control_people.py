"""Control calls about people: handsets with their prompts, and callbacks sent again."""

from collections.abc import Mapping
from operator import itemgetter

from cross.simulation.control import (
    Content,
    Handlers,
    desk_named,
    desks_asked,
    listed,
    query_of,
    wire_moment,
)
from cross.simulation.control_fields import BadCall, msisdn, one_of, read_fields, required, text
from cross.simulation.desk import Desk
from cross.simulation.exchange import Request
from cross.simulation.journal import answers_to
from cross.simulation.payments import Payment, State


class PeopleCalls:
    """Plays the payers, and the operator's own staff."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        self._desks = desks

    def handlers(self) -> Handlers:
        """The calls answered here."""
        return {
            ("GET", "handsets", 1): self._handset,
            ("GET", "prompts", 0): self._prompts,
            ("POST", "handsets", 3): self._answer_prompt,
            ("POST", "callbacks", 3): self._resend,
            ("GET", "callbacks", 0): self._callbacks,
        }

    def take_in_hand(self, phone: str) -> None:
        """Open the wallets that a number of an operator's plan has there, as on first use."""
        for desk in self._desks.values():
            desk.purse.wallet(phone)

    def handset(self, phone: str) -> Content:
        """What is on a phone: prompts to answer, messages, and its wallets' balances."""
        prompts: list[Content] = []
        sms: list[tuple[str, str]] = []
        balances: list[Content] = []
        for desk in self._desks.values():
            prompts += [_prompt(desk, payment) for payment in desk.cashier.prompts_of(phone)]
            wallet = desk.purse.existing(phone)
            if wallet is not None:
                sms += [(wire_moment(n.at), n.text) for n in wallet.notices]
                balances.append(
                    {
                        "operator": desk.facts.name,
                        "balance": wallet.balance,
                        "currency": desk.facts.currency,
                    }
                )
        sms.sort(key=itemgetter(0))  # of one moment, in the order of their arrival
        texts = [{"text": message, "at": at} for at, message in sms]
        return {"msisdn": phone, "prompts": prompts, "sms": texts, "balances": balances}

    def answer_prompt(self, phone: str, prompt_id: str, *, pin: str | None) -> Content:
        """What came of approving a prompt with a PIN, or of refusing it, without one."""
        desk, payment = self._open_prompt(phone, prompt_id=prompt_id)
        tries_left = desk.cashier.answer_prompt(payment, pin=pin)
        failure = None if payment.failure is None else payment.failure.value
        return {
            "id": payment.prompt_id,
            "state": payment.state.value,
            "failure": failure,
            "pin_tries_left": tries_left,
        }

    def _handset(self, _: Request, parts: tuple[str, ...]) -> Content:
        return self.handset(msisdn(parts[0]))

    def _prompts(self, _: Request, __: tuple[str, ...]) -> Content:
        """Every open prompt on any phone, the oldest first."""
        found = [
            (payment.received_at, payment.order.msisdn, _prompt(desk, payment))
            for desk in self._desks.values()
            for payment in desk.cashier.open_prompts()
        ]
        found.sort(key=lambda one: one[:2])
        return listed([{"msisdn": number, **prompt} for _, number, prompt in found])

    def _answer_prompt(self, request: Request, parts: tuple[str, ...]) -> Content:
        phone = msisdn(parts[0])
        self._open_prompt(phone, prompt_id=parts[2])  # a prompt that is gone is told first
        fields = read_fields(request, {"action": one_of("approve", "refuse"), "pin": text})
        pin = None
        if required(fields, "action") == "approve":
            pin = text("pin", required(fields, "pin"))
        return self.answer_prompt(phone, parts[2], pin=pin)

    def _open_prompt(self, phone: str, *, prompt_id: str) -> tuple[Desk, Payment]:
        for desk in self._desks.values():
            for payment in desk.cashier.prompts_of(phone):
                if payment.prompt_id == prompt_id:
                    return desk, payment
        raise BadCall(404, "no such open prompt on this phone", field="id")

    def _resend(self, _: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        payment = desk.cashier.named(parts[1])
        if parts[2] != "resend":
            raise BadCall(404, "no such control call")
        if payment is None:
            raise BadCall(404, "no payment has this reference", field="reference")
        if payment.state is State.PENDING:
            raise BadCall(409, "nothing is decided yet", field="reference")
        if payment.callback_url is None:
            raise BadCall(409, "this client has no callback_url", field="callback_url")
        desk.callbacks.resend(payment)
        return {"operator": desk.facts.name, "reference": payment.order.reference, "sent": True}

    def _callbacks(self, request: Request, _: tuple[str, ...]) -> Content:
        query = query_of(request, "operator", "reference")
        attempts = [
            attempt
            for desk in desks_asked(self._desks, query)
            for attempt in desk.callbacks.attempts
            if answers_to(attempt.reference, query.get("reference", attempt.reference))
        ]
        return listed(
            [
                {
                    "operator": attempt.operator,
                    "reference": attempt.reference,
                    "at": wire_moment(attempt.at),
                    "body": attempt.body.decode("utf-8", "replace"),
                    "status": attempt.status,
                    "answer": attempt.answer.decode("utf-8", "replace"),
                    "delivered": attempt.delivered,
                    "acknowledged": attempt.acknowledged,
                    "detail": attempt.detail,
                }
                for attempt in attempts
            ]
        )


def _prompt(desk: Desk, payment: Payment) -> Content:
    order = payment.order
    merchant = order.asked.get("mrchname") or order.asked.get("message") or "CROSS"
    expires_at = payment.prompt_expires_at
    return {
        "id": payment.prompt_id,
        "operator": desk.facts.name,
        "text": f"{merchant} vous demande {order.amount} {desk.facts.currency}. "
        "Tapez votre code PIN pour accepter.",
        "amount": order.amount,
        "reference": order.reference,
        "expires_at": None if expires_at is None else wire_moment(expires_at),
    }
