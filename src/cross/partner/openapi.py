"""`GET /mbanking/openapi.json`: the gateway in OpenAPI 3.0.3, as API managers import it."""

from typing import Any, Final

from cross.domain.partner import Operation
from cross.partner.asking import Asked
from cross.partner.desk import Desk
from cross.partner.replies import Reply

VERSION: Final = "3.0.3"  # WSO2 API Manager imports 2.0 and 3.0, not 3.1
_TEXT: Final[dict[str, Any]] = {"type": "string"}
_CODES: Final = ["200", "2000", "2001", "2002", "4001", "403", "500", "501", "5000"]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_REQUEST: Final = {
    **_object(
        idRequete={**_TEXT, "maxLength": 64, "description": "Unique à jamais / unique for ever"},
        numeroClient={**_TEXT, "example": "22890112233"},
        montant={"type": "number", "minimum": 1, "example": 1500},
        refCommande=_TEXT,
        dateHeureRequete={**_TEXT, "example": "2026-11-22 10:15:00"},
        description=_TEXT,
        operateur={**_TEXT, "description": "tmoney, flooz… ; sinon le préfixe décide"},
    ),
    "required": ["idRequete", "numeroClient", "montant", "refCommande", "dateHeureRequete"],
}
_TRANSACTION: Final = _object(
    code={**_TEXT, "enum": _CODES},
    message=_TEXT,
    description=_TEXT,
    refTmoney=_TEXT,
    dateHeureTmoney=_TEXT,
    idRequete={},  # these and the amount and number: as they came
    refCommande={},
    dateHeureRequete={},
    statutRequete={**_TEXT, "enum": ["SUCCES", "ECHEC", "EN ATTENTE"]},
    typeRequete={**_TEXT, "enum": ["CREDIT", "DEBIT"]},
    montant={},
    numeroClient={},
    idPartenaire=_TEXT,
    nomPartenaire=_TEXT,
    soldePartenaire={"type": "integer"},
)
_LIST: Final = _object(
    total={"type": "integer"}, data={"type": "array", "items": _ref("Transaction")}
)
_LOGIN: Final = {
    **_object(nomUtilisateur=_TEXT, motDePasse={**_TEXT, "format": "password"}),
    "required": ["nomUtilisateur", "motDePasse"],
}
_STATUT: Final = _object(code=_TEXT, message=_TEXT, description=_TEXT)
_LOGGED_IN: Final = _object(
    statut=_ref("Statut"),
    status=_ref("Statut"),
    data=_object(token=_TEXT, expires_in={"type": "integer"}),
)
_TOKEN: Final = _object(
    access_token=_TEXT, token_type=_TEXT, expires_in={"type": "integer"}, error=_TEXT
)
_OLD: Final = _object(
    merchantid=_TEXT,
    agentid=_TEXT,
    client=_TEXT,
    amount=_TEXT,
    currency=_TEXT,
    referenceid=_TEXT,
    result={**_TEXT, "description": "0: réussi / success"},
    transactionid=_TEXT,
)
_OLD_FIELDS: Final = (
    *("merchantid", "agentid", "password", "client", "amount", "currency", "trxcode", "type"),
    *("description", "referenceid", "sms", "email"),
)
_OLD_CHECK: Final = ("merchantid", "agentid", "password", "referenceid")


async def give(desk: Desk, asked: Asked) -> Reply:
    """The document, of the address under which this switch is reached."""
    del asked
    return Reply(document(desk.switch.settings.public_url))


def document(public_url: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": VERSION,
        "info": {
            "title": "Cross MBANKING",
            "version": "2.0",
            "description": "Passerelle des banques partenaires / gateway of partner banks.",
        },
        "servers": [{"url": public_url}],
        "paths": {**_signing_in(), **_version_2(), **_version_1(), **_with_key()},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "client": {"type": "http", "scheme": "basic"},
                "key": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {
                "Request": _REQUEST,
                "Transaction": _TRANSACTION,
                "Transactions": _LIST,
                "Login": _LOGIN,
                "Statut": _STATUT,
                "LoggedIn": _LOGGED_IN,
                "Token": _TOKEN,
                "Version1": _OLD,
            },
        },
    }


def _signing_in() -> dict[str, Any]:
    grant = {
        **_object(
            grant_type={**_TEXT, "enum": ["client_credentials", "password"]},
            username=_TEXT,
            password=_TEXT,
            client_id=_TEXT,
            client_secret=_TEXT,
        ),
        "required": ["grant_type"],
    }
    form = {"content": {"application/x-www-form-urlencoded": {"schema": grant}}}
    token = _call("token", "Token", requestBody=form, security=[{"client": []}, {}])
    content = {"application/json": {"schema": _object(error=_TEXT)}}
    token["responses"]["400"] = {"description": "RFC 6749, 5.2", "content": content}
    return {
        "/mbanking/login": {
            "post": _call("login", "LoggedIn", requestBody=_body("Login"), security=[])
        },
        "/oauth2/token": {"post": token},
    }


def _version_2() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for name, operation in _NAMES.items():
        call = _call(f"v2_{name}", "Transaction", requestBody=_body("Request"))
        paths[f"/mbanking/v2/{name}"] = {"post": {**call, "summary": operation.value}}
    for name in ("check-transaction", "check"):
        asked = {"content": {"application/json": {"schema": _object(idRequete=_TEXT)}}}
        paths[f"/mbanking/v2/{name}"] = {
            "get": _call(f"v2_get_{name}", "Transactions", parameters=[_query("idRequete")]),
            "post": _call(f"v2_{name}", "Transactions", requestBody=asked),
        }
    return paths


def _version_1() -> dict[str, Any]:
    fields: dict[str, tuple[str, ...]] = dict.fromkeys(_NAMES, _OLD_FIELDS)
    fields |= dict.fromkeys(("check-transaction", "check"), _OLD_CHECK)
    return {
        f"/mbanking/v1/{name}": {
            "get": _call(
                f"v1_{name}", "Version1", parameters=[_query(one) for one in named], security=[]
            )
        }
        for name, named in fields.items()
    }


def _with_key() -> dict[str, Any]:
    secured: list[dict[str, list[str]]] = [{"key": []}]
    moved: dict[str, Any] = {"requestBody": _body("Request"), "security": secured}
    path = {"name": "idRequete", "in": "path", "required": True, "schema": _TEXT}
    return {
        "/api/tmoney/credit": {"post": _call("tmoney_credit", "Transaction", **moved)},
        "/api/tmoney/debit": {"post": _call("tmoney_debit", "Transaction", **moved)},
        "/api/tmoney/check/{idRequete}": {
            "get": _call("tmoney_check", "Transactions", parameters=[path], security=secured)
        },
    }


_NAMES: Final = {
    "credit": Operation.CREDIT,
    "bankcashin": Operation.CREDIT,
    "debit": Operation.DEBIT,
    "bankcashout": Operation.DEBIT,
}


def _call(name: str, answer: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  OpenAPI's own
    content = {"application/json": {"schema": _ref(answer)}}
    told = {
        "200": "Réponse, refus compris / answer, refusals included",
        "401": "Identifiants invalides / bad credentials",
        "413": "Corps trop long / body too long",
        "429": "Trop d'essais / too many guesses",
        "503": "Indisponible : vérifier plus tard / unavailable: check later",
    }
    answers = {status: {"description": text, "content": content} for status, text in told.items()}
    return {
        "operationId": name.replace("-", "_"),
        "responses": answers,
        "security": [{"token": []}],
        **more,
    }


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def _query(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": _TEXT}
