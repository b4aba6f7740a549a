"""Who calls the simulated D-Money: tokens, application keys, and which paths a client may use."""

from datetime import timedelta
from typing import Final

from cross.operators.dmoney.simulator_answers import NO_CREDENTIALS, local_digits, refusal
from cross.operators.dmoney.simulator_facts import GATEWAY_PREFIXES, PREFIX_NAMES
from cross.simulation.clients import Client, Clients
from cross.simulation.exchange import Reply, Request, json_object, json_reply
from cross.simulation.world import World

TOKEN_SECONDS: Final = 3_600  # operators.md section 5.2
NO_SUCH_PATH: Final = Reply(404, b'{"error":"no such path"}')
_TOKEN_BITS: Final = 256


class Access:
    """Tokens live as long as the process: some clients keep theirs for ever (section 5.2)."""

    def __init__(self, clients: Clients, *, world: World) -> None:
        self._clients = clients
        self._world = world
        self._tokens: dict[str, Client] = {}

    def give(self, request: Request) -> Reply:
        """The answer to a token request."""
        content = json_object(request.body) or {}
        key, secret = request.header(b"x-app-key"), content.get("appSecret")
        if key is None or not isinstance(secret, str):
            return refusal(NO_CREDENTIALS, "X-APP-Key or appSecret is missing")
        client = self._clients.with_credentials(**{"X-APP-Key": key, "appSecret": secret})
        if client is None:
            return refusal(NO_CREDENTIALS, "X-APP-Key or appSecret is wrong")
        if not serves(client, request.path):
            return NO_SUCH_PATH
        token = f"{self._world.random_bits(_TOKEN_BITS):064x}"
        self._tokens[token] = client
        now = self._world.timers.now()
        return json_reply(
            {
                "token": f"Bearer {token}",
                "effectiveDate": local_digits(now),
                "expirationDate": local_digits(now + timedelta(seconds=TOKEN_SECONDS)),
                "expires_in": TOKEN_SECONDS,
                "code": "0",
                "message": "Success",
            }
        )

    def client_of(self, request: Request) -> Client | Reply:
        """Whose token this is, raw or after any number of `Bearer`; or the refusal."""
        words = (request.header(b"authorization") or "").split()
        while words and words[0].lower() == "bearer":
            del words[0]
        client = self._tokens.get(words[0]) if len(words) == 1 else None
        if client is None:
            return refusal(NO_CREDENTIALS, "the token is missing or not valid")
        key = request.header(b"x-app-key")
        if key is not None and key != client.credentials["X-APP-Key"]:
            return refusal(NO_CREDENTIALS, "X-APP-Key is not this token's")
        return client if serves(client, request.path) else NO_SUCH_PATH

    def expire(self) -> Reply:
        """Forget every token; gives the answer to one that is forgotten."""
        self._tokens.clear()
        return refusal(NO_CREDENTIALS, "the token has expired")


def serves(client: Client, path: str) -> bool:
    """Whether this client's gateway has that path: some have one prefix only (section 5.1)."""
    if path.endswith("/merchant/queryOrder"):
        is_documented = path.startswith("/apiaccess/payment/v1/")
        wanted = client.settings["query_path"]
        if is_documented or wanted != "any":
            return wanted in ("any", "documented" if is_documented else "gateway")
    wanted = client.settings["path_prefix"]
    return wanted in ("any", _prefix_of(path))


def _prefix_of(path: str) -> str:
    found = zip(GATEWAY_PREFIXES, PREFIX_NAMES, strict=True)
    return next(name for prefix, name in found if path.startswith(f"{prefix}/payment/v1/"))
