"""Simulations beside the rest: play the payers, plant faults, move the simulators' clock."""
