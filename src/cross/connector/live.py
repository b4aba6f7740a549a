"""Live mode: which addresses real money may use, checked once before anything starts."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from cross.domain.operator import OperatorSettings

_WEB: Final = re.compile(r"https?:", re.IGNORECASE)
# Source: RFC 2606 and RFC 6761: names that lead to nobody, or to the machine itself.
_NOBODYS: Final = re.compile(
    r"(.+\.)?(localhost|test|example|invalid|local|example\.(com|net|org))"
)


def unfit_for_live_money(public_url: str, operators: Mapping[str, OperatorSettings]) -> str | None:
    """The first setting that is unfit, and why; None where all are fit.

    Addresses are https, and none leads to this machine or to a name that is nobody's: a
    simulator, or a sandbox's settings left over (F-O22, api.md section 5).
    """
    if not _is_fit(public_url):
        return "public_url: in live mode payers and operators come to an https address"
    for operator, values in operators.items():
        for name, value in values.items():
            if _WEB.match(value) and not _is_fit(value):
                return f"operators: {operator}: {name!r} is no https address of a real operator"
    return None


def _is_fit(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # brackets that hold no address
        return False
    return parts.scheme == "https" and bool(host) and not _is_nobodys(host)


def _is_nobodys(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return _NOBODYS.fullmatch(host) is not None
    return address.is_loopback or address.is_unspecified
