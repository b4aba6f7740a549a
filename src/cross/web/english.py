"""The words of the payer's pages in English: the same keys as in French."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "test_mode": "Test mode: no money moves.",
        "languages": "Languages",
        "payment_to": "Payment to",
        "amount": "Amount",
        "reference": "Reference",
        "page_title": "{what} · {merchant}",
        # Checkout
        "pay_title": "Pay {amount}",
        "with_which": "Pay with",
        "by_push": "Request on your phone",
        "by_page": "On the operator's page",
        "operator_down": "Not answering at the moment. Choose another account, or try again later.",
        "operator_slow": "Answering slowly at the moment.",
        "operator_limits": "Takes {least} to {most}.",
        "number": "Number that pays",
        "number_hint": "For example {example}.",
        "number_only_push": "Not needed for {operators}.",
        "likely": "This number is usually with {operator}.",
        "pay": "Pay {amount}",
        "never_pin": "Never type your PIN on this page.",
        "other_phone": "Pay from another phone",
        "other_phone_how": "With the other phone, scan this code or open this address:",
        "cancel_to": "Cancel and go back to {host}",
        "open_until": "This page is open until {until}.",
        "no_operator": "No operator can collect this amount at the moment. Try again later.",
        "your_amount": "Amount to pay, in {currency}",
        "amount_hint": "In figures, from {least} to {most}.",
        "open_amount_title": "How much are you paying?",
        "continue": "Continue",
        # What has to be put right
        "to_correct": "To correct before you pay",
        "number_missing": "Enter the number that pays.",
        "number_invalid": "This is not a mobile number {country}. Check the 8 digits.",
        "operator_missing": "Choose which account you are paying with.",
        "operator_unusable": "This account cannot pay at the moment. Choose another one.",
        "amount_invalid": "Enter a whole amount, from {least} to {most}.",
        "prompt_open": "Another request is waiting on this phone. Answer it first, then try again.",
        "pin_tries": "Two wrong PINs already with this number: at the third, the operator would "
        "block it. Use another number.",
        "country_TG": "of Togo",
        "country_DJ": "of Djibouti",
        # Confirm
        "confirm_title": "Is this the right number?",
        "confirm_prefix": "It starts like a {likely} number, and you chose {chosen}.",
        "confirm_failed": "The last attempt with this number did not succeed.",
        "confirm_prompt": "A request for {amount} will be sent to it.",
        "confirm_yes": "Yes, send the request",
        "confirm_no": "Change",
        # Waiting for the phone
        "wait_title": "Check your phone",
        "wait_arrives": "A request for <strong>{amount}</strong> for "
        "<strong>{merchant}</strong> is arriving on <strong>{number}</strong>.",
        "wait_pin": "Enter your PIN <strong>on your phone</strong>. We will never ask you for it.",
        "time_left": "Time left",
        "about_minutes": "about {minutes} minutes",
        "under_a_minute": "less than a minute",
        "nothing": "Nothing on your phone?",
        "nothing_wait": "Wait a few seconds with the phone's screen on.",
        "nothing_check": "Check that {number} is this phone, and that it has signal.",
        "nothing_dial": "Dial {code} and open the pending requests.",
        "dial": "Dial {code}",
        "refuse_on_phone": "To cancel, refuse the request on the phone.",
        "safe_to_close": "You can close this page: its address always shows "
        "where the payment stands.",
        "refresh": "Refresh",
        "refreshes": "This page refreshes every 10 seconds.",
        "refresh_stop": "Stop",
        "refresh_start": "Refresh every 10 seconds",
        # The operator's own page
        "preparing_title": "We are preparing the {operator} page",
        "preparing": "One moment: {operator} is opening your payment of {amount}.",
        "go_title": "You are going to the {operator} page",
        "go_text": "There you confirm <strong>{amount}</strong> for "
        "<strong>{merchant}</strong>, then you come back here.",
        "go_host": "Before you enter your PIN, check that the page's address starts with",
        "go": "Continue to {operator}",
        "back_title": "We are checking your payment",
        "back_text": "We are asking {operator} whether the payment of {amount} is made. "
        "The answer will show here.",
        "go_again_why": "Not finished on the {operator} page?",
        "go_again": "Go back to the {operator} page",
        # Verifying
        "verify_title": "We are checking with {operator}",
        "verify_warning": "Do not pay again.",
        "verify_text": "The answer for {amount} has not arrived yet. We keep asking until we "
        "have it, even if you close this page.",
        "keep_link": "Keep this link: it always shows where the payment stands.",
        # Results
        "done_title": "Payment received",
        "done_text": "<strong>{merchant}</strong> received <strong>{amount}</strong>.",
        "paid_late": "Paid after the time limit: {merchant} will tell you whether the order "
        "still stands.",
        "already_title": "Already paid",
        "already_text": "Do not pay again: <strong>{merchant}</strong> has already received "
        "<strong>{amount}</strong>.",
        "receipt_see": "See the receipt",
        "back_to": "Go back to {host}",
        "failed_title": "The payment did not go through",
        "nothing_taken": "Nothing was taken for this attempt.",
        "again_same": "Try again with {number}",
        "again_operator": "Try again with {operator}",
        "change_number": "Change number or account",
        "expired_title": "The time to pay has passed",
        "expired_text": "Ask <strong>{merchant}</strong> for a new link.",
        "expired_paid": "If you confirmed just before, this page will show it.",
        "canceled_title": "Order canceled",
        "canceled_text": "<strong>{merchant}</strong> no longer expects this payment. "
        "There is nothing to pay.",
        "closed_title": "This link is closed",
        "closed_text": "It takes no more payments. Ask <strong>{merchant}</strong> for another.",
        "wait_other_title": "An attempt is still under way",
        # Why it failed
        "why_insufficient_funds": "Not enough balance. Top up the account, "
        "or pay with another number.",
        "why_payer_refused": "The request was refused on the phone.",
        "why_prompt_expired": "Nobody answered the request in time.",
        "why_wrong_pin": "The PIN was wrong. At the third wrong PIN the operator blocks the "
        "account.",
        "why_wallet_not_found": "This number has no account with {operator}. "
        "Check it, or choose the other operator.",
        "why_wallet_blocked": "This account is blocked. Call {operator}, "
        "or pay with another number.",
        "why_limit_reached": "This account has reached the limit set by {operator}.",
        "why_prompt_already_open": "Another request is already waiting on this phone. "
        "Answer it first.",
        "why_operator_unavailable": "{operator} is not answering. Nothing could be asked.",
        "why_operator_refused": "{operator} refused this payment.",
        "why_expired_session": "The {operator} page was closed before the end.",
        "why_canceled_by_payer": "You canceled on the {operator} page.",
        # Receipt
        "receipt_title": "Receipt",
        "receipt_number": "Receipt no.",
        "paid_to": "Paid to",
        "for_what": "For",
        "paid_on": "Paid on",
        "paid_with": "Paid with",
        "paid_from": "From",
        "operator_reference": "{operator} reference",
        "refunded": "Refunded",
        "refunded_on": "Refunded on {date}",
        "kept": "Still paid",
        "refund_pending": "Refund under way",
        "receipt_check": "To verify this receipt",
        "print": "Print",
        "pdf": "Download as PDF",
        "share": "Share the receipt",
        "share_text": "Receipt {number}: {amount} paid to {merchant} on {date}. {url}",
        "share_sms": "Send by SMS",
        "share_whatsapp": "Send by WhatsApp",
        "authentic_title": "Genuine receipt",
        "authentic_text": "This payment is in our books. Compare these lines with the receipt "
        "you are shown.",
        "authentic_no": "No receipt has this code",
        "authentic_no_text": "Do not trust the receipt you are shown. Copy the address exactly, "
        "or ask to see it on the customer's phone.",
        # Errors
        "missing_title": "Page not found",
        "missing_text": "The address is incomplete or no longer exists. Copy it exactly, "
        "or ask the merchant for a new link.",
        "often_title": "Too many attempts",
        "often_text": "This order was tried too often. Ask the merchant for a new link.",
        "broken_title": "Something failed on our side",
        "broken_text": "If you were paying, do not start again yet: open this page again first, "
        "it shows where the payment stands.",
        "away_title": "Service interrupted for a moment",
        "away_text": "Nothing was asked for. Try again in a few minutes.",
        "refused_title": "Request not accepted",
        "refused_text": "This form does not come from this page. Open it again and start over.",
        "months": "January February March April May June July August September October "
        "November December",
        "date": "{day} {month} {year} at {time}",
    }
)
