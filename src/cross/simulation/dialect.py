"""The seam between one operator's words and what all simulated operators do alike.

An operator's `simulator.py` is found by searching `cross.operators`; it offers what `Module` lists.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import cross.operators
from cross.simulation.callbacks import CallbackBody
from cross.simulation.cashier import Cashier
from cross.simulation.clients import Clients
from cross.simulation.exchange import Reply, Route
from cross.simulation.facts import Facts
from cross.simulation.payments import Payment
from cross.simulation.wallets import Purse
from cross.simulation.world import World


@dataclass(frozen=True, slots=True)
class Office:
    """What an operator's dialect works with."""

    world: World
    clients: Clients
    purse: Purse
    cashier: Cashier


class Dialect(Protocol):
    """One operator's words, between HTTP and the cashier."""

    def routes(self) -> Mapping[str, Route]:
        """What is served, by path below the operator's base."""

    def expire_tokens(self) -> Reply:
        """Make every token invalid; gives the answer to an expired one."""

    def callback(self, payment: Payment) -> CallbackBody:
        """What the client is told of a payment, worded anew for every try."""


class Module(Protocol):
    """What `cross.operators.<name>.simulator` offers."""

    FACTS: Facts

    def create_dialect(self, office: Office) -> Dialect:
        """The operator's dialect, in which nobody has spoken yet."""

    def acknowledges(self, answer: bytes) -> bool:
        """Whether the client answered in the operator's own words for *received*."""

    def sandbox_settings(self, base_url: str) -> Mapping[str, str]:
        """The connector's settings to reach this simulator as its first client.

        Keys are those in memory: the control API gives the ones that are in use.
        """


def installed_modules() -> tuple[Module, ...]:
    """Every operator's simulator, in alphabetical order of their folders."""
    found: list[Module] = []
    for package in sorted(pkgutil.iter_modules(cross.operators.__path__), key=lambda m: m.name):
        name = f"{cross.operators.__name__}.{package.name}.simulator"
        if package.ispkg and importlib.util.find_spec(name) is not None:
            found.append(cast(Module, importlib.import_module(name)))
    return tuple(found)
