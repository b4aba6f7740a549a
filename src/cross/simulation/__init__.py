"""Simulated operators' shared parts: wallets, faults, handsets, the control API.

Never imported by production code: the switch meets simulators over HTTP alone.
"""
