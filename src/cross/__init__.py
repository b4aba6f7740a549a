"""Cross: a self-hosted switch between mobile-money operators, with one set of books."""

__version__ = "0.1.0"
