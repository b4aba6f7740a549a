"""The rules: what may happen to money. Standard library only; no I/O, no clock, no randomness."""
