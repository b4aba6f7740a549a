"""Flooz (Moov Africa Togo) through its JSON web service: push USSD debit, verify, credit."""
