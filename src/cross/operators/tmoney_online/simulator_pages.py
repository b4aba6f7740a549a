"""The screens of the simulated page, in French and in English."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cross.operators.tmoney_online.simulator_form import OrderForm, plain, typed_number
from cross.simulation.page import OTP, PHONE, PIN, Action, Field, Page

TARGET: Final = "page.php"  # beside online.php, where the order form is posted
VISIT: Final = "visit"
ACCENT: Final = "#0b3c8c"
PIN_LENGTH_MAX: Final = 8
OTP_DIGITS: Final = 6

_FRENCH: Final[Mapping[str, str]] = {
    "pay": "Payer avec TMoney",
    "code": "Code reçu par SMS",
    "done": "Paiement effectué",
    "busy": "Paiement en cours de traitement",
    "failed": "Paiement non effectué",
    "for": "Objet",
    "until": "Page valable jusqu'à",
    "number": "Numéro TMoney",
    "number_hint": "Huit chiffres, par exemple 90 11 22 33",
    "pin": "Code secret",
    "otp": "Code à six chiffres",
    "otp_hint": "Envoyé par SMS au {phone}. Un seul essai.",
    "reference": "Référence du paiement",
    "continue": "Continuer",
    "confirm_pay": "Payer {amount}",
    "confirm": "Confirmer",
    "return": "Retourner chez le marchand",
    "cancel": "Annuler",
    "bad_number": "Ce numéro n'est pas un numéro de téléphone du Togo.",
    "no_pin": "Entrez votre code secret.",
    "no_otp": "Entrez le code reçu par SMS.",
    "wrong_pin": "Code secret incorrect. Essais restants : {left}.",
    "confirm_note": "Le montant a été débité. Confirmez pour retourner chez le marchand.",
    "busy_note": "Votre accord est enregistré. Le marchand sera averti.",
    "bad_order": "La commande du marchand est incorrecte ({field}). Rien n'a été débité.",
    "expired": "La session a expiré.",
    "used": "Cette session a déjà servi.",
    "failed_note": "Rien n'a été débité.",
    "sms": "TMoney : {code} est votre code pour payer {amount} à {brand}. Ne le donnez à personne.",
    "unknown": "Ce marchand ou cette page n'existe pas, ou plus.",
}
_ENGLISH: Final[Mapping[str, str]] = {
    "pay": "Pay with TMoney",
    "code": "Code received by SMS",
    "done": "Payment made",
    "busy": "Payment in progress",
    "failed": "Payment not made",
    "for": "For",
    "until": "Page valid until",
    "number": "TMoney number",
    "number_hint": "Eight digits, such as 90 11 22 33",
    "pin": "PIN",
    "otp": "Six-digit code",
    "otp_hint": "Sent by SMS to {phone}. One try only.",
    "reference": "Payment reference",
    "continue": "Continue",
    "confirm_pay": "Pay {amount}",
    "confirm": "Confirm",
    "return": "Back to the merchant",
    "cancel": "Cancel",
    "bad_number": "This is not a phone number of Togo.",
    "no_pin": "Enter your PIN.",
    "no_otp": "Enter the code received by SMS.",
    "wrong_pin": "Wrong PIN. Tries left: {left}.",
    "confirm_note": "The amount has been debited. Confirm to go back to the merchant.",
    "busy_note": "Your consent is recorded. The merchant will be told.",
    "bad_order": "The merchant's order is not correct ({field}). Nothing was debited.",
    "expired": "The session has expired.",
    "used": "This session has been used already.",
    "failed_note": "Nothing was debited.",
    "sms": "TMoney: {code} is your code to pay {amount} to {brand}. Give it to nobody.",
    "unknown": "This merchant or this page does not exist, or not any more.",
}
_WORDS: Final = {"fr": _FRENCH, "en": _ENGLISH}


@dataclass(frozen=True, slots=True)
class Screen:
    """What every screen of one visit needs: the order, who sells, where its answers may lead."""

    form: OrderForm
    brand: str
    key: str
    leads_to: tuple[str, ...]

    def say(self, word: str, **filled: str) -> str:
        """A sentence in the page's language."""
        return _WORDS[self.form.shown_language][word].format(**filled)

    def page(self, title: str, *facts: tuple[str, str]) -> Page:
        """A screen with this title, which asks nothing yet; its form tells which visit it is of."""
        shown = [(self.say("for"), plain(self.form.description))] if self.form.description else []
        return Page(
            brand=self.brand,
            accent=ACCENT,
            language=self.form.shown_language,
            title=self.say(title),
            amount=self.amount,
            facts=(*shown, *facts),
            hidden=((VISIT, self.key),),
            target=TARGET,
            leads_to=self.leads_to,
        )

    @property
    def amount(self) -> str:
        """The amount as people read it; nothing where there is none."""
        francs = self.form.whole_amount
        return f"{francs:,} F CFA".replace(",", "\u202f") if francs else ""


def phone_and_pin(screen: Screen, *, typed: str, wrong: str, until: datetime) -> Page:
    """Asks for the number, unless the merchant gave it, and for the PIN."""
    given = typed_number(screen.form.phone)
    phone = Field(
        PHONE,
        screen.say("number"),
        value=given or typed,
        hint="" if given else screen.say("number_hint"),
        read_only=given is not None,
    )
    pin = Field(PIN, screen.say("pin"), length_max=PIN_LENGTH_MAX, secret=True)
    return replace(
        screen.page("pay", (screen.say("until"), _hour(until))),
        note=wrong or plain(screen.form.text),
        is_wrong=bool(wrong),
        fields=(phone, pin),
        buttons=(
            (Action.CONTINUE, screen.say("continue")),
            (Action.CANCEL, screen.say("cancel")),
        ),
    )


def one_time_code(screen: Screen, *, phone: str, wrong: str, until: datetime) -> Page:
    """Asks for the code that the SMS brought; paying is what its button does."""
    hint = screen.say("otp_hint", phone=f"{phone[:3]} •• •• •• {phone[-2:]}")
    return replace(
        screen.page("code", (screen.say("until"), _hour(until))),
        note=wrong or plain(screen.form.text),
        is_wrong=bool(wrong),
        fields=(Field(OTP, screen.say("otp"), hint=hint, length_max=OTP_DIGITS),),
        buttons=(
            (Action.PAY, screen.say("confirm_pay", amount=screen.amount)),
            (Action.CANCEL, screen.say("cancel")),
        ),
    )


def paid(screen: Screen, *, paymentref: str, leads_back: bool) -> Page:
    """Tells that the money has moved; its button only leads back."""
    back = ((Action.CONFIRM, screen.say("confirm")),) if leads_back else ()
    page = screen.page("done", (screen.say("reference"), paymentref))
    return replace(page, note=screen.say("confirm_note"), buttons=back)


def in_progress(screen: Screen, *, leads_back: bool) -> Page:
    """Tells that the payer's part is done, and the operator's is not yet."""
    back = ((Action.CONFIRM, screen.say("confirm")),) if leads_back else ()
    return replace(screen.page("busy"), note=screen.say("busy_note"), buttons=back)


def not_paid(screen: Screen, reason: str, *, leads_back: bool) -> Page:
    """Tells why nothing was paid, and leads back where there is an address."""
    back = ((Action.CONFIRM, screen.say("return")),) if leads_back else ()
    return replace(screen.page("failed"), note=reason, is_wrong=True, buttons=back)


def no_such_page(form: OrderForm) -> Page:
    """For a merchant or a visit that is not known: nobody is told, and nothing leads back."""
    screen = Screen(form, "TMoney", "", ())
    return not_paid(screen, screen.say("unknown"), leads_back=False)


def _hour(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"  # Togo keeps UTC
