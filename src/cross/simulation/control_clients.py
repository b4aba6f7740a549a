"""Control calls about clients: their credentials, and the settings with which ours connects."""

import ipaddress
from collections.abc import Mapping

from cross.simulation.clients import FIRST_CLIENT, Client
from cross.simulation.control import Content, Handlers, desk_named, listed
from cross.simulation.control_fields import BadCall, Reader, read_fields, setting, text
from cross.simulation.desk import Desk
from cross.simulation.exchange import Request
from cross.simulation.facts import Facts, Setting
from cross.simulation.keys import KeyRing, private_text, public_text


class ClientCalls:
    """Registers clients of the simulated operators."""

    def __init__(self, desks: Mapping[str, Desk], *, keys: KeyRing) -> None:
        self._desks = desks
        self._keys = keys

    def handlers(self) -> Handlers:
        """The calls answered here."""
        return {
            ("GET", "credentials", 0): self._clients,
            ("GET", "credentials", 1): self._clients_of,
            ("PUT", "credentials", 2): self._put,
            ("GET", "settings", 0): self._settings,
        }

    def _clients(self, _: Request, __: tuple[str, ...]) -> Content:
        return listed(
            [self._shown(desk, client) for desk in self._desks.values() for client in desk.clients]
        )

    def _clients_of(self, _: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        return listed([self._shown(desk, client) for client in desk.clients])

    def _put(self, request: Request, parts: tuple[str, ...]) -> Content:
        desk = desk_named(self._desks, parts[0])
        fields = read_fields(request, _readers(desk.facts))
        client = desk.clients.register(parts[1])
        for name in desk.facts.credentials:
            if name in fields:
                client.credentials[name] = text(name, fields[name])
        if "callback_url" in fields:
            client.callback_url = text("callback_url", fields["callback_url"]) or None
        if "public_key" in fields:
            client.public_key = text("public_key", fields["public_key"])
        if "allowed_networks" in fields:
            client.allowed_networks = _networks("allowed_networks", fields["allowed_networks"])
        client.settings |= _client_settings(desk.facts, fields.get("settings", {}))
        return self._shown(desk, client)

    def _settings(self, request: Request, _: tuple[str, ...]) -> Content:
        host = request.header(b"host")
        if host is None:
            raise BadCall(400, "the request has no Host header", field="Host")
        return {
            name: {
                **desk.module.sandbox_settings(f"{request.scheme}://{host}/{name}"),
                **self._key_settings(desk.facts),
            }
            for name, desk in self._desks.items()
        }

    def _key_settings(self, facts: Facts) -> Mapping[str, str]:
        if not facts.signs:
            return {}
        return {
            "private_key": private_text(self._keys.client(facts.name)),
            "gateway_public_key": public_text(self._keys.gateway(facts.name)),
        }

    def _shown(self, desk: Desk, client: Client) -> Content:
        facts = desk.facts
        public_key = client.public_key
        if public_key is None and facts.signs and client.name == FIRST_CLIENT:
            public_key = public_text(self._keys.client(facts.name))
        gateway = public_text(self._keys.gateway(facts.name)) if facts.signs else None
        return {
            "operator": facts.name,
            "name": client.name,
            **client.credentials,
            "callback_url": client.callback_url,
            "public_key": public_key,
            "gateway_public_key": gateway,
            "allowed_networks": list(client.allowed_networks),
            "settings": dict(client.settings),
        }


def _readers(facts: Facts) -> Mapping[str, Reader]:
    return {
        **dict.fromkeys(facts.credentials, text),
        "callback_url": _url,
        "public_key": text,
        "allowed_networks": _networks,
        "settings": lambda _, value: _client_settings(facts, value),
    }


def _client_settings(facts: Facts, value: object) -> dict[str, Setting]:
    if not isinstance(value, dict):
        raise BadCall(422, "settings is not an object", field="settings")
    read: dict[str, Setting] = {}
    for full_name, given in value.items():
        name = full_name.removeprefix(f"{facts.name}.").removeprefix("soap.")
        field = f"settings.{full_name}"
        if name not in facts.client_settings:
            raise BadCall(422, f"unknown setting {full_name!r}", field=field)
        read[name] = setting(
            field, given, default=facts.client_settings[name], choices=facts.choices.get(name)
        )
    return read


def _url(name: str, value: object) -> str:
    url = text(name, value)
    if url and not url.startswith(("http://", "https://")):
        raise BadCall(422, f"{name} is not an address", field=name)
    return url


def _networks(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadCall(422, f"{name} is not a list", field=name)
    try:
        return tuple(str(ipaddress.ip_network(text(name, one))) for one in value)
    except ValueError:
        raise BadCall(422, f"{name} holds something else than a network", field=name) from None
