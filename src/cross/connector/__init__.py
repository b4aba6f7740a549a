"""What connectors are built from: strict reading of answers, settings, and a token for all callers.

Knows no operator: an operator's words stay in its own folder.
"""
