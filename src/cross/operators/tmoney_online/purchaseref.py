"""`purchaseref`: a leg's reference with a token that nobody but us can make, and nothing stored.

The operator echoes it in a notification that carries no signature. The payer's browser carries it
too: the token keeps strangers out, never the payer (README, *Who can forge*).
"""

import hmac
import re
from typing import Final

_PURCHASEREF: Final = re.compile(r"([A-Z0-9]{1,64})-([0-9a-f]{32})", re.ASCII)
_TOKEN_LENGTH: Final = 32  # 128 bits


def purchaseref_for(reference: str, *, merchantid: str, secret: bytes) -> str:
    """What the order form calls the leg: `CRX01HZX4…D-9f86d081…`."""
    return f"{reference}-{_token(reference, merchantid, secret)}"


def reference_in(purchaseref: str, *, merchantid: str, secret: bytes) -> str | None:
    """The leg's reference, None where the token is not ours for it and this merchant."""
    matched = _PURCHASEREF.fullmatch(purchaseref)
    if matched is None:
        return None
    reference, token = matched.groups()
    expected = _token(reference, merchantid, secret)
    return reference if hmac.compare_digest(token, expected) else None


def _token(reference: str, merchantid: str, secret: bytes) -> str:
    made = hmac.new(secret, f"{merchantid}:{reference}".encode(), "sha256")
    return made.hexdigest()[:_TOKEN_LENGTH]
