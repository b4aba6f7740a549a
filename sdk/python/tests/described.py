"""Every call of the SDK by its name, with the request that it describes."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cross_switch import AsyncCross, Cross
from cross_switch.calling import Listing, Request, Wait, pages, sends, waits

KEY = "sk_test_nobody"
NOWHERE = "http://127.0.0.1:9"
CLIENT = Cross(KEY, base_url=NOWHERE, sandbox_url=NOWHERE)
ASYNC_CLIENT = AsyncCross(KEY, base_url=NOWHERE, sandbox_url=NOWHERE)


@dataclass(frozen=True)
class Described:
    """A method: `transfers.create`, what it takes, and what it asks for."""

    name: str
    takes: frozenset[str]
    request: Request[Any]
    answers: Any


def nouns(client: Cross | AsyncCross) -> dict[str, Any]:
    """The nouns of a client by name, the sandbox among them."""
    found = {name: noun for name, noun in vars(client).items() if not name.startswith("_")}
    return {**found, "sandbox": client.sandbox}


def methods(noun: Any) -> list[str]:
    """The names of a noun's methods."""
    return sorted(
        name for name in dir(noun) if not name.startswith("_") and callable(getattr(noun, name))
    )


def calls() -> Iterator[Described]:
    """All of them."""
    for name, noun in nouns(CLIENT).items():
        for method in methods(noun):
            described = getattr(type(noun), method)
            assert isinstance(described, sends | pages | waits)
            parameters = list(inspect.signature(described.described).parameters.values())[1:]
            placed = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
            named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
            assert len(placed) + len(named) == len(parameters), f"{name}.{method}"
            made = described.described(noun, *placed, **{one: one for one in _needed(parameters)})
            request = made.request if isinstance(made, Listing | Wait) else made
            kind = made.kind if isinstance(made, Listing) else request.kind
            yield Described(f"{name}.{method}", frozenset(named), request, kind)


def _needed(parameters: list[inspect.Parameter]) -> list[str]:
    return [
        one.name
        for one in parameters
        if one.kind is one.KEYWORD_ONLY and one.default is inspect.Parameter.empty
    ]
