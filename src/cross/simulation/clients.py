"""The operators' clients: who may call, where to call back, and how leniently each is served."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cross.simulation.facts import Facts, Setting

FIRST_CLIENT: Final = "cross"
"""The client that is there from the start, with the credentials of sandbox.md section 1."""


@dataclass(slots=True, eq=False)
class Client:
    """One client of one operator, by its credentials in the operator's own field names."""

    name: str
    credentials: dict[str, str]
    settings: dict[str, Setting]
    callback_url: str | None = None
    public_key: str | None = None
    allowed_networks: tuple[str, ...] = ()


class Clients:
    """The clients of one operator, in the order of their registration.

    `changes` grows whenever credentials may have changed: what was computed from them is stale.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.changes = 0
        self._by_name = {FIRST_CLIENT: self._first_client(None)}

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_name.values())

    def named(self, name: str) -> Client | None:
        """The client of that name."""
        return self._by_name.get(name)

    def register(self, name: str) -> Client:
        """The client of that name, made with no credentials if there is none."""
        self.changes += 1
        client = self._by_name.get(name)
        if client is None:
            client = Client(
                name,
                credentials=dict.fromkeys(self._facts.credentials, ""),
                settings=dict(self._facts.client_settings),
            )
            self._by_name[name] = client
        return client

    def with_credentials(self, **wanted: str) -> Client | None:
        """The client whose credentials are all these, none of them empty."""
        if not all(wanted.values()):
            return None
        for client in self:
            if all(client.credentials[name] == value for name, value in wanted.items()):
                return client
        return None

    def reset(self) -> None:
        """Back to the start, but for the first client's callback address: that is no state."""
        self.changes += 1
        address = self._by_name[FIRST_CLIENT].callback_url
        self._by_name = {FIRST_CLIENT: self._first_client(address)}

    def _first_client(self, callback_url: str | None) -> Client:
        return Client(
            FIRST_CLIENT,
            credentials=dict(self._facts.credentials),
            settings=dict(self._facts.client_settings),
            callback_url=callback_url,
        )
