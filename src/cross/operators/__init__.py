"""Operators: one folder each, found by searching, listed nowhere.

A folder holds `__init__.py` (`PROFILE` and `connect`), `client.py`, `wire.py`, `simulator.py`,
`README.md` and `tests/`. Adding an operator touches its own folder and nothing else.
"""
