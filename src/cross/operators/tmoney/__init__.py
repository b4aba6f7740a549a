"""TMoney (Mixx by Yas, Togo) through MBANKING JSON: push USSD collection and synchronous credit."""
