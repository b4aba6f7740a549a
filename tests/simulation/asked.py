"""What a request to an operator is about, read off the wire: which leg; may it move money."""

import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cross.outbound import HttpRequest

OPERATORS: Final = "http://operators"
REFERENCE: Final = re.compile(r"CRX[0-9A-Z]{26}[DCR]")
QUERIES: Final = ("verify", "queryorder")
"""How the paths end that only ask, though by POST: Flooz's and D-Money's."""


class Asked(NamedTuple):
    """What a request to an operator is about."""

    operator: str
    reference: str
    is_effect: bool


def about(request: HttpRequest) -> Asked | None:
    """The leg that a request speaks of, and whether it may move money."""
    url = urlsplit(request.url)
    if url.netloc != "operators":
        return None
    found = REFERENCE.search(url.query) or REFERENCE.search(request.body.decode("latin-1"))
    if found is None:
        return None
    operator = url.path.split("/")[1]
    is_effect = request.method == "POST" and not url.path.lower().endswith(QUERIES)
    return Asked(operator, found.group(), is_effect)
