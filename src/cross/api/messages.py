"""What may be shown to people for each code, in French and in English; no code is without one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cross.domain.operator import Text

_CALL_US: Final = Text(
    fr="Le paiement n'a pas pu être demandé. Contactez le marchand.",
    en="The payment could not be requested. Please contact the merchant.",
)
_NOT_OFFERED: Final = Text(
    fr="Cette opération n'est pas proposée pour ce portefeuille.",
    en="This operation is not offered for this wallet.",
)
_AMOUNT: Final = Text(
    fr="Le montant n'est pas valable. Entrez un nombre entier de francs.",
    en="The amount is not valid. Enter a whole number of francs.",
)
_ALREADY: Final = Text(
    fr="Cette opération a déjà été demandée. Elle n'a pas été faite une seconde fois.",
    en="This operation was already requested. It was not made a second time.",
)
_LATER: Final = Text(
    fr="Le service n'est pas disponible pour le moment. Rien n'a été débité. Réessayez plus tard.",
    en="The service is not available at the moment. Nothing was debited. Please try again later.",
)

MESSAGES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "authentication_required": _CALL_US,
        "unknown_key": _CALL_US,
        "key_outside_header": _CALL_US,
        "missing_scope": _CALL_US,
        "network_not_allowed": _CALL_US,
        "merchant_suspended": Text(
            fr="Ce marchand ne peut pas recevoir de paiement pour le moment. Contactez-le.",
            en="This merchant cannot take payments at the moment. Please contact the merchant.",
        ),
        "too_many_keys": _CALL_US,
        "personal_token_needed": Text(
            fr="Il faut deux personnes, chacune avec son propre jeton.",
            en="This takes two people, each with a token of his own.",
        ),
        "second_person_needed": Text(
            fr="Une autre personne doit approuver ce que vous avez proposé.",
            en="Somebody else must approve what you proposed.",
        ),
        "approval_closed": Text(
            fr="Cette proposition est déjà décidée, ou son délai est passé.",
            en="This proposal was decided already, or its time is up.",
        ),
        "approval_open": Text(
            fr="Une proposition attend déjà pour le même objet.",
            en="A proposal about the same thing is waiting already.",
        ),
        "approval_stale": Text(
            fr="L'objet a changé depuis la proposition. Regardez de nouveau.",
            en="What it is about has changed since. Please look again.",
        ),
        "fix_not_possible": Text(
            fr="Cela ne peut pas être fait dans l'état actuel.",
            en="This cannot be done as things stand.",
        ),
        "day_not_over": Text(
            fr="La journée n'est pas terminée : sa position n'est pas encore arrêtée.",
            en="The day is not over: its position is not drawn up yet.",
        ),
        "name_taken": Text(
            "Ce nom ou ce numéro est celui d'un autre partenaire.",
            "This name or number is another partner's.",
        ),
        "unfit_password": Text(
            "Un mot de passe a de 8 à 128 caractères.",
            "A password has 8 to 128 characters.",
        ),
        "changed_meanwhile": Text(
            fr="Quelqu'un d'autre vient de le changer. Regardez de nouveau.",
            en="Somebody else has just changed it. Please look again.",
        ),
        "method_not_allowed": _CALL_US,
        "body_too_large": _CALL_US,
        "unsupported_media_type": _CALL_US,
        "unsupported_encoding": _CALL_US,
        "header_repeated": _CALL_US,
        "invalid_json": _CALL_US,
        "idempotency_key_missing": _CALL_US,
        "idempotency_key_invalid": _CALL_US,
        "idempotency_key_reused": _CALL_US,
        "duplicate_field": _CALL_US,
        "unknown_field": _CALL_US,
        "unknown_parameter": _CALL_US,
        "missing_parameter": _CALL_US,
        "duplicate_parameter": _CALL_US,
        "quote_and_fields": _CALL_US,
        "invalid_type": _CALL_US,
        "invalid_url": _CALL_US,
        "customer_not_found": _CALL_US,
        "unknown_path": Text(fr="Cette page n'existe pas.", en="This page does not exist."),
        "not_found": Text(
            fr="Cette opération est introuvable.", en="This operation could not be found."
        ),
        "invalid_characters": Text(
            fr="Un champ contient des caractères qui ne sont pas acceptés.",
            en="A field holds characters that are not accepted.",
        ),
        "missing_field": Text(
            fr="Il manque une information. Complétez le formulaire.",
            en="Something is missing. Please complete the form.",
        ),
        "invalid_value": Text(
            fr="Une des informations n'est pas valable.", en="One of the values is not valid."
        ),
        "invalid_length": Text(
            fr="Un champ est trop long, ou vide.", en="A field is too long, or empty."
        ),
        "invalid_parameter": Text(
            fr="La recherche n'est pas valable.", en="The search is not valid."
        ),
        "unknown_currency": Text(
            fr="Cette monnaie n'est pas acceptée.", en="This currency is not accepted."
        ),
        "amount_not_whole": _AMOUNT,
        "invalid_msisdn": Text(
            fr="Ce numéro de téléphone n'est pas valable. Vérifiez-le.",
            en="This phone number is not valid. Please check it.",
        ),
        "unknown_operator": Text(
            fr="Cet opérateur n'est pas proposé.", en="This operator is not offered."
        ),
        "operation_not_offered": _NOT_OFFERED,
        "currency_mismatch": Text(
            fr="Ce portefeuille est tenu dans une autre monnaie.",
            en="This wallet is kept in another currency.",
        ),
        "currency_pair_not_offered": Text(
            fr="Aucun change n'est proposé entre ces deux monnaies.",
            en="No exchange is offered between these two currencies.",
        ),
        "same_wallet": Text(
            fr="L'envoi et la réception se font sur le même portefeuille.",
            en="The sending and the receiving wallet are the same.",
        ),
        "fee_exceeds_amount": Text(
            fr="Le montant ne couvre pas les frais.", en="The amount does not cover the fee."
        ),
        "quote_expired": Text(
            fr="Le tarif annoncé n'est plus valable. Demandez-en un nouveau.",
            en="The price has expired. Please ask for a new one.",
        ),
        "amount_out_of_range": Text(
            fr="Le montant est trop petit ou trop grand pour cet opérateur.",
            en="The amount is too small or too large for this operator.",
        ),
        "balance_too_low": Text(
            fr="Le solde du marchand ne suffit pas pour cette opération.",
            en="The merchant's balance is too low for this operation.",
        ),
        "float_too_low": Text(
            fr="Cet opérateur ne peut pas servir ce montant pour le moment. Rien n'a été débité.",
            en="This operator cannot serve this amount at the moment. Nothing was debited.",
        ),
        "quote_already_used": _ALREADY,
        "reference_already_used": _ALREADY,
        "not_cancelable": Text(
            fr="Cette opération ne peut plus être annulée.",
            en="This operation can no longer be canceled.",
        ),
        "not_refundable": Text(
            fr="Ce paiement ne peut pas être remboursé.",
            en="This payment cannot be refunded.",
        ),
        "refund_exceeds_collection": Text(
            fr="Le remboursement dépasse ce qui reste de ce paiement.",
            en="The refund is more than what is left of this payment.",
        ),
        "refund_in_progress": Text(
            fr="Un autre remboursement de ce paiement est en cours. Réessayez dans un instant.",
            en="Another refund of this payment is being made. Please try again in a moment.",
        ),
        "attempt_still_open": Text(
            fr="Un paiement est déjà en cours pour cette commande. Attendez son résultat.",
            en="A payment of this order is already under way. Please wait for its result.",
        ),
        "order_already_paid": Text(
            fr="Cette commande est déjà payée. Ne payez pas une seconde fois.",
            en="This order is already paid. Please do not pay a second time.",
        ),
        "order_expired": Text(
            fr="Le délai de paiement de cette commande est passé. Demandez-en une nouvelle.",
            en="The time to pay this order has passed. Please ask for a new one.",
        ),
        "order_canceled": Text(
            fr="Le marchand a annulé cette commande.",
            en="The merchant has canceled this order.",
        ),
        "too_many_attempts": Text(
            fr="Trop d'essais pour cette commande. Contactez le marchand.",
            en="Too many tries to pay this order. Please contact the merchant.",
        ),
        "operator_not_offered": Text(
            fr="Cette commande ne peut pas être payée par cet opérateur. Choisissez-en un autre.",
            en="This order cannot be paid through this operator. Please choose another one.",
        ),
        "not_handed_over": Text(
            fr="La page de l'opérateur n'est pas encore prête. Patientez un instant.",
            en="The operator's page is not ready yet. Please wait a moment.",
        ),
        "link_closed": Text(
            fr="Ce lien de paiement n'est plus ouvert. Contactez le marchand.",
            en="This payment link is no longer open. Please contact the merchant.",
        ),
        "nothing_to_settle": _CALL_US,
        "settlement_open": _CALL_US,
        "settlement_not_payable": _CALL_US,
        "no_settlement_wallet": _CALL_US,
        "unreadable_file": Text(
            fr="Ce fichier ne peut pas être lu.",
            en="This file cannot be read.",
        ),
        "batch_ended": Text(
            fr="Rien de ce lot ne peut plus être repris.",
            en="Nothing of this batch can be taken back any more.",
        ),
        "amount_not_of_link": Text(
            fr="Ce montant n'est pas accepté par ce lien de paiement.",
            en="This payment link does not take this amount.",
        ),
        "request_in_progress": Text(
            fr="La demande est en cours. Patientez un instant.",
            en="The request is being processed. Please wait a moment.",
        ),
        "outcome_unknown": Text(
            fr="L'opérateur n'a pas encore confirmé. Ne payez pas une seconde fois.",
            en="The operator has not confirmed yet. Please do not pay a second time.",
        ),
        "limit_exceeded": Text(
            fr="Ce montant dépasse ce que ce marchand peut demander en une fois.",
            en="This amount is more than this merchant may ask for at once.",
        ),
        "velocity_exceeded": Text(
            fr="Trop d'opérations en peu de temps. Rien n'a été débité. Réessayez plus tard.",
            en="Too many operations in a short time. Nothing was debited. Please try again later.",
        ),
        "unknown_limit": _CALL_US,
        "invalid_fees": _CALL_US,
        "webhook_url_refused": Text(
            fr="Pas de webhooks à cette adresse : il faut https, port 443, une adresse publique.",
            en="This address cannot receive webhooks: https, port 443, a public address.",
        ),
        "unknown_event_type": Text(
            fr="Ce type d'événement n'existe pas.", en="There is no such type of event."
        ),
        "too_many_endpoints": Text(
            fr="Trop d'adresses de webhooks. Supprimez-en une.",
            en="Too many webhook endpoints. Delete one.",
        ),
        "endpoint_disabled": Text(
            fr="Cette adresse de webhooks est désactivée. Réactivez-la d'abord.",
            en="This webhook endpoint is disabled. Enable it first.",
        ),
        "endpoint_unverified": Text(
            fr="Cette adresse de webhooks n'est pas vérifiée. Vérifiez-la d'abord.",
            en="This webhook endpoint is not verified. Verify it first.",
        ),
        "verification_failed": Text(
            fr="Cette adresse n'a pas répondu au défi signé comme il faut.",
            en="This address did not answer the signed challenge as it should.",
        ),
        "no_master_key": Text(
            fr="Aucun secret ne peut être gardé ici : il manque la clé maîtresse.",
            en="No secret can be kept here: the master key is missing.",
        ),
        "rate_limited": Text(
            fr="Trop de demandes. Patientez un instant.",
            en="Too many requests. Please wait a moment.",
        ),
        "sealing_refused": Text(
            fr="Les clés maîtresses ne permettent pas cette opération.",
            en="The master keys do not allow this.",
        ),
        "quarantined": Text(
            fr="Le service reprend après une restauration. Réessayez plus tard.",
            en="The service is coming back after a restoration. Please try again later.",
        ),
        "operator_stopped": Text(
            fr="Les paiements par cet opérateur sont suspendus. Rien n'a été débité.",
            en="Payments through this operator are suspended. Nothing was debited.",
        ),
        "stop_still_needed": Text(
            fr="Ce qui a déclenché l'arrêt est encore là. Réparez, ou levez-le malgré cela.",
            en="What placed the stop is still there. Repair it, or lift it over that.",
        ),
        "unavailable": _LATER,
        "overloaded": _LATER,
        "operator_unavailable": Text(
            fr="L'opérateur ne répond pas en ce moment. Rien n'a été débité. Réessayez plus tard.",
            en="The operator is not answering now. Nothing was debited. Please try again later.",
        ),
        "prompt_already_open": Text(
            fr="Une autre demande attend déjà sur ce téléphone. Répondez-y, puis réessayez.",
            en="Another request is waiting on this phone. Answer it first, then try again.",
        ),
        "too_many_wrong_pins": Text(
            fr="Trop de codes faux avec ce numéro aujourd'hui. Utilisez un autre numéro.",
            en="Too many wrong PINs with this number today. Please use another number.",
        ),
        "acceptance_unknown": Text(
            fr="Nous ne savons pas encore si l'opération est prise en compte. Vérifiez d'abord.",
            en="We do not know yet whether this was accepted. Please check before trying again.",
        ),
        "internal": Text(
            fr="Une erreur est survenue chez nous. Vérifiez l'état avant de recommencer.",
            en="Something went wrong on our side. Please check the status before trying again.",
        ),
    }
)
