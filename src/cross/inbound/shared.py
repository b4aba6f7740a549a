"""Shared: what all connections of one server have together."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, TypeAlias

from cross.capacity import Capacity
from cross.inbound.exchange import Message
from cross.inbound.guests import Guests
from cross.inbound.patience import Patience
from cross.inbound.turns import Turns

App: TypeAlias = Callable[[Message, Any, Any], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Shared:
    """What the connections of a server share: all that is open, and all that is under way.

    `drop` ends one whose client takes nothing.
    """

    app: App
    connections: set[Any]
    tasks: set[asyncio.Task[None]]
    patience: Patience = field(default_factory=Patience)
    guests: Guests = field(default_factory=lambda: Guests(Capacity()))
    turns: Turns = field(default_factory=Turns)
    drop: Callable[[asyncio.Transport], None] = methodcaller("abort")
