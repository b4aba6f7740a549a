"""The words of the simulated paygate, in French and in English."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cross.simulation.payments import Failure


@dataclass(frozen=True, slots=True)
class Words:
    """All that the page says in one language."""

    title: str
    merchant: str
    order: str
    what_for: str
    expires: str
    phone: str
    phone_hint: str
    pin: str
    pay: str
    cancel: str
    back: str
    look_again: str
    bad_phone: str
    no_pin: str
    wrong_pin: str
    waiting_title: str
    waiting: str
    paid_title: str
    paid: str
    failed_title: str
    cancelled: str
    bad_address: str
    thousands: str
    failures: MappingProxyType[Failure, str]


FR: Final = Words(
    title="Payer avec D-Money",
    merchant="Marchand",
    order="Commande",
    what_for="Objet",
    expires="À payer avant",
    phone="Votre numéro D-Money",
    phone_hint="8 chiffres, par exemple 77 11 22 33",
    pin="Votre code PIN",
    pay="Payer {amount}",
    cancel="Annuler",
    back="Retour chez le marchand",
    look_again="Actualiser",
    bad_phone="Ce numéro n'est pas un numéro D-Money. Vérifiez les 8 chiffres.",
    no_pin="Tapez votre code PIN.",
    wrong_pin="Code PIN erroné. Essais restants\u00a0: {left}.",
    waiting_title="Paiement en cours",
    waiting="Votre paiement est en cours de traitement. Ne payez pas une deuxième fois.",
    paid_title="Paiement réussi",
    paid="Votre paiement a été reçu.",
    failed_title="Paiement non effectué",
    cancelled="Vous avez annulé. Rien n'a été débité.",
    bad_address="Cette adresse de paiement n'est pas valable.",
    thousands="\u00a0",
    failures=MappingProxyType(
        {
            Failure.NO_FUNDS: "Solde insuffisant.",
            Failure.REFUSED: "Vous avez refusé ce paiement.",
            Failure.EXPIRED: "Le délai de paiement est dépassé.",
            Failure.NOT_REGISTERED: "Ce numéro n'a pas de compte D-Money.",
            Failure.LIMIT_REACHED: "Votre plafond de paiement est atteint.",
            Failure.PROMPT_OPEN: "Un autre paiement est déjà en cours sur ce numéro.",
            Failure.WRONG_PIN: "Code PIN erroné trois fois : votre compte est bloqué.",
            Failure.BLOCKED: "Ce compte D-Money est bloqué.",
        }
    ),
)

EN: Final = Words(
    title="Pay with D-Money",
    merchant="Merchant",
    order="Order",
    what_for="For",
    expires="Pay before",
    phone="Your D-Money number",
    phone_hint="8 digits, for example 77 11 22 33",
    pin="Your PIN",
    pay="Pay {amount}",
    cancel="Cancel",
    back="Back to the merchant",
    look_again="Refresh",
    bad_phone="This is not a D-Money number. Check the 8 digits.",
    no_pin="Type your PIN.",
    wrong_pin="Wrong PIN. Tries left: {left}.",
    waiting_title="Payment in progress",
    waiting="Your payment is being processed. Do not pay a second time.",
    paid_title="Payment successful",
    paid="Your payment has been received.",
    failed_title="Payment not made",
    cancelled="You cancelled. Nothing was debited.",
    bad_address="This payment address is not valid.",
    thousands=",",
    failures=MappingProxyType(
        {
            Failure.NO_FUNDS: "Insufficient balance.",
            Failure.REFUSED: "You refused this payment.",
            Failure.EXPIRED: "The time to pay has passed.",
            Failure.NOT_REGISTERED: "This number has no D-Money account.",
            Failure.LIMIT_REACHED: "You have reached your payment limit.",
            Failure.PROMPT_OPEN: "Another payment is already in progress on this number.",
            Failure.WRONG_PIN: "Wrong PIN three times: your account is blocked.",
            Failure.BLOCKED: "This D-Money account is blocked.",
        }
    ),
)

LANGUAGES: Final = MappingProxyType({"fr": FR, "en": EN})


def words_in(language: str) -> Words:
    """The words of a language; French where it is not spoken here."""
    return LANGUAGES.get(language, FR)
