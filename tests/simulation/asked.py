"""What a request to an operator is about, read off the wire: which leg; may it move money."""

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cross.outbound import HttpRequest

OPERATORS: Final = "http://operators"
REFERENCE: Final = re.compile(r"CRX[0-9A-Z]{26}[DCR]")
QUERIES: Final = ("verify", "queryorder", "queryrefund", "closeorder")
"""How paths end that move nothing, though by POST: Flooz's and D-Money's."""


REPEATED: Final = "merchant/refund"
"""D-Money's refund: asked once more under its number it tells what became of the first."""


class Asked(NamedTuple):
    """What a request to an operator is about; `is_question`: an effect that is asked about so."""

    operator: str
    reference: str
    is_effect: bool
    is_question: bool


def serial_of(reference: str) -> str:
    """What the references of a movement's legs and its own id have in common."""
    return reference.removeprefix("CRX")[:-1]


def about(request: HttpRequest) -> Asked | None:
    """The leg that a request speaks of, and whether it may move money.

    A refund names what it gives back as well.
    """
    url = urlsplit(request.url)
    if url.netloc != "operators":
        return None
    found = REFERENCE.findall(url.query) or REFERENCE.findall(request.body.decode("latin-1"))
    if not found:
        return None
    refunds = [reference for reference in found if reference.endswith("R")]
    operator = url.path.split("/")[1]
    is_effect = request.method == "POST" and not url.path.lower().endswith(QUERIES)
    return Asked(operator, (refunds or found)[0], is_effect, url.path.endswith(REPEATED))
