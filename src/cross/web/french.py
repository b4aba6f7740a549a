"""The words of the payer's pages in French; `{…}` is filled in, and escaped, by `words.py`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "test_mode": "Mode test : aucun argent ne bouge.",
        "languages": "Langues",
        "payment_to": "Paiement à",
        "amount": "Montant",
        "reference": "Référence",
        "page_title": "{what} · {merchant}",
        # Checkout
        "pay_title": "Payer {amount}",
        "with_which": "Payer avec",
        "by_push": "Demande sur votre téléphone",
        "by_page": "Sur la page de l'opérateur",
        "operator_down": "Ne répond pas en ce moment. Choisissez un autre compte, "
        "ou réessayez plus tard.",
        "operator_slow": "Répond lentement en ce moment.",
        "operator_limits": "Accepte de {least} à {most}.",
        "number": "Numéro qui paie",
        "number_hint": "Par exemple {example}.",
        "number_only_push": "Inutile pour {operators}.",
        "likely": "Ce numéro est en général chez {operator}.",
        "pay": "Payer {amount}",
        "never_pin": "Ne saisissez jamais votre code secret sur cette page.",
        "other_phone": "Payer depuis un autre téléphone",
        "other_phone_how": "Avec l'autre téléphone, scannez ce code ou ouvrez cette adresse :",
        "cancel_to": "Annuler et revenir sur {host}",
        "open_until": "Cette page est ouverte jusqu'au {until}.",
        "no_operator": "Aucun opérateur ne peut encaisser ce montant en ce moment. "
        "Réessayez plus tard.",
        "your_amount": "Montant à payer, en {currency}",
        "amount_hint": "En chiffres, de {least} à {most}.",
        "open_amount_title": "Combien payez-vous ?",
        "continue": "Continuer",
        # What has to be put right
        "to_correct": "À corriger avant de payer",
        "number_missing": "Entrez le numéro qui paie.",
        "number_invalid": "Ce n'est pas un numéro mobile {country}. Vérifiez les 8 chiffres.",
        "operator_missing": "Choisissez avec quel compte vous payez.",
        "operator_unusable": "Ce compte ne peut pas payer en ce moment. Choisissez-en un autre.",
        "amount_invalid": "Entrez un montant entier, de {least} à {most}.",
        "prompt_open": "Une autre demande attend déjà sur ce téléphone. Répondez-y, puis "
        "réessayez.",
        "pin_tries": "Deux codes faux déjà avec ce numéro : au troisième, l'opérateur le bloque. "
        "Prenez un autre numéro.",
        "country_TG": "du Togo",
        "country_DJ": "de Djibouti",
        # Confirm
        "confirm_title": "Est-ce le bon numéro ?",
        "confirm_prefix": "Il commence comme un numéro {likely}, et vous avez choisi {chosen}.",
        "confirm_failed": "Le dernier essai avec ce numéro n'a pas abouti.",
        "confirm_prompt": "Une demande de {amount} y sera envoyée.",
        "confirm_yes": "Oui, envoyer la demande",
        "confirm_no": "Changer",
        # Waiting for the phone
        "wait_title": "Regardez votre téléphone",
        "wait_arrives": "Une demande de <strong>{amount}</strong> pour "
        "<strong>{merchant}</strong> arrive sur le <strong>{number}</strong>.",
        "wait_pin": "Entrez votre code secret <strong>sur votre téléphone</strong>. "
        "Nous ne vous demanderons jamais ce code.",
        "time_left": "Temps restant",
        "about_minutes": "environ {minutes} minutes",
        "under_a_minute": "moins d'une minute",
        "nothing": "Rien ne s'affiche ?",
        "nothing_wait": "Attendez quelques secondes, l'écran du téléphone allumé.",
        "nothing_check": "Vérifiez que le {number} est bien ce téléphone, et qu'il a du réseau.",
        "nothing_dial": "Composez {code} et ouvrez les demandes en attente.",
        "dial": "Composer {code}",
        "refuse_on_phone": "Pour annuler, refusez la demande sur le téléphone.",
        "safe_to_close": "Vous pouvez fermer cette page : son adresse montre toujours "
        "où en est le paiement.",
        "refresh": "Actualiser",
        "refreshes": "Cette page s'actualise toutes les 10 secondes.",
        "refresh_stop": "Arrêter",
        "refresh_start": "Actualiser toutes les 10 secondes",
        # The operator's own page
        "preparing_title": "Nous préparons la page {operator}",
        "preparing": "Un instant : {operator} ouvre votre paiement de {amount}.",
        "go_title": "Vous allez sur la page {operator}",
        "go_text": "Vous y confirmez <strong>{amount}</strong> pour <strong>{merchant}</strong>, "
        "puis vous revenez ici.",
        "go_host": "Avant d'entrer votre code, vérifiez que l'adresse de la page commence par",
        "go": "Continuer vers {operator}",
        "back_title": "Nous vérifions votre paiement",
        "back_text": "Nous demandons à {operator} si le paiement de {amount} est fait. "
        "La réponse s'affiche ici.",
        "go_again_why": "Vous n'avez pas terminé sur la page {operator} ?",
        "go_again": "Retourner sur la page {operator}",
        # Verifying
        "verify_title": "Nous vérifions auprès de {operator}",
        "verify_warning": "Ne payez pas une deuxième fois.",
        "verify_text": "La réponse pour {amount} n'est pas encore arrivée. Nous la demandons "
        "jusqu'à l'obtenir, même si vous fermez cette page.",
        "keep_link": "Gardez ce lien : il montre toujours où en est le paiement.",
        # Results
        "done_title": "Paiement reçu",
        "done_text": "<strong>{merchant}</strong> a reçu <strong>{amount}</strong>.",
        "paid_late": "Payé après le délai : {merchant} vous dira si la commande tient encore.",
        "already_title": "C'est déjà payé",
        "already_text": "Ne payez pas une deuxième fois : <strong>{merchant}</strong> a déjà reçu "
        "<strong>{amount}</strong>.",
        "receipt_see": "Voir le reçu",
        "back_to": "Revenir sur {host}",
        "failed_title": "Le paiement n'a pas abouti",
        "nothing_taken": "Rien n'a été débité pour cet essai.",
        "again_same": "Réessayer avec le {number}",
        "again_operator": "Réessayer avec {operator}",
        "change_number": "Changer de numéro ou de compte",
        "expired_title": "Le délai de paiement est passé",
        "expired_text": "Demandez un nouveau lien à <strong>{merchant}</strong>.",
        "expired_paid": "Si vous avez confirmé juste avant, cette page le montrera.",
        "canceled_title": "Commande annulée",
        "canceled_text": "<strong>{merchant}</strong> n'attend plus ce paiement. "
        "Rien n'est à payer.",
        "closed_title": "Ce lien est fermé",
        "closed_text": "Il n'accepte plus de paiement. Demandez-en un autre à "
        "<strong>{merchant}</strong>.",
        "wait_other_title": "Un essai est encore en cours",
        # Why it failed
        "why_insufficient_funds": "Solde insuffisant. Rechargez le compte, "
        "ou payez avec un autre numéro.",
        "why_payer_refused": "La demande a été refusée sur le téléphone.",
        "why_prompt_expired": "Personne n'a répondu à la demande à temps.",
        "why_wrong_pin": "Le code secret était faux. Au troisième code faux, "
        "l'opérateur bloque le compte.",
        "why_wallet_not_found": "Ce numéro n'a pas de compte chez {operator}. "
        "Vérifiez-le, ou choisissez l'autre opérateur.",
        "why_wallet_blocked": "Ce compte est bloqué. Appelez {operator}, "
        "ou payez avec un autre numéro.",
        "why_limit_reached": "Ce compte a atteint la limite fixée par {operator}.",
        "why_prompt_already_open": "Une autre demande attend déjà sur ce téléphone. "
        "Répondez-y d'abord.",
        "why_operator_unavailable": "{operator} ne répond pas. Rien n'a pu être demandé.",
        "why_operator_refused": "{operator} a refusé ce paiement.",
        "why_expired_session": "La page de {operator} a été fermée avant la fin.",
        "why_canceled_by_payer": "Vous avez annulé sur la page de {operator}.",
        # Receipt
        "receipt_title": "Reçu",
        "receipt_number": "Reçu n°",
        "paid_to": "Payé à",
        "for_what": "Pour",
        "paid_on": "Payé le",
        "paid_with": "Payé avec",
        "paid_from": "Depuis le",
        "operator_reference": "Référence {operator}",
        "refunded": "Remboursé",
        "refunded_on": "Remboursé le {date}",
        "kept": "Reste payé",
        "refund_pending": "Remboursement en cours",
        "receipt_check": "Pour vérifier ce reçu",
        "print": "Imprimer",
        "pdf": "Télécharger en PDF",
        "share": "Partager le reçu",
        "share_text": "Reçu {number} : {amount} payés à {merchant} le {date}. {url}",
        "share_sms": "Envoyer par SMS",
        "share_whatsapp": "Envoyer par WhatsApp",
        "authentic_title": "Reçu authentique",
        "authentic_text": "Ce paiement est dans nos livres. Comparez ces lignes avec "
        "le reçu que l'on vous montre.",
        "authentic_no": "Aucun reçu ne porte ce code",
        "authentic_no_text": "Ne vous fiez pas au reçu que l'on vous montre. Recopiez l'adresse "
        "exactement, ou demandez à le voir sur le téléphone du client.",
        # Errors
        "missing_title": "Page introuvable",
        "missing_text": "L'adresse est incomplète ou n'existe plus. Recopiez-la exactement, "
        "ou demandez un nouveau lien au marchand.",
        "often_title": "Trop d'essais",
        "often_text": "Cette commande a été essayée trop de fois. "
        "Demandez un nouveau lien au marchand.",
        "broken_title": "Une erreur de notre côté",
        "broken_text": "Si vous étiez en train de payer, ne recommencez pas tout de suite : "
        "rouvrez d'abord cette page, elle montre où en est le paiement.",
        "away_title": "Service momentanément interrompu",
        "away_text": "Rien n'a été demandé. Réessayez dans quelques minutes.",
        "refused_title": "Demande non acceptée",
        "refused_text": "Ce formulaire ne vient pas de cette page. Rouvrez-la et recommencez.",
        "months": "janvier février mars avril mai juin juillet août septembre octobre "
        "novembre décembre",
        "date": "{day} {month} {year} à {time}",
    }
)
