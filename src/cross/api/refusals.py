"""Refusals of a request as HTTP carries it; those of money are in `cross.domain.errors`."""

from typing import ClassVar, Final

from cross.domain.errors import CrossError, SwitchUnavailable

ECHOED_MAX: Final = 100
"""How much of a name that a caller invented is said back."""


class HttpRefusal(CrossError):
    """A refusal whose sentence needs nothing but the field at fault."""

    sentence: ClassVar[str]

    def __init__(self, *, param: str | None = None) -> None:
        super().__init__(self.sentence)
        self.param = None if param is None else param[:ECHOED_MAX]


class AuthenticationRequired(HttpRefusal):
    """No key in the Authorization header."""

    code = "authentication_required"
    sentence = "send the API key as 'Authorization: Bearer sk_…'"


class UnknownKey(HttpRefusal):
    """A key that is nobody's."""

    code = "unknown_key"
    sentence = "this API key is not known"


class KeyOutsideHeader(HttpRefusal):
    """A key where it may be logged on its way (S-API-02): it should be replaced."""

    code = "key_outside_header"
    sentence = "an API key belongs in the Authorization header only; replace this key"


class MissingScope(CrossError):
    """The key is known and does not allow this."""

    code = "missing_scope"

    def __init__(self, *, scope: str) -> None:
        super().__init__(f"this API key has no scope {scope!r}")
        self.param = scope


class NetworkNotAllowed(HttpRefusal):
    """The key is known and may be used from some networks only, of which this is none."""

    code = "network_not_allowed"
    sentence = "this API key may not be used from this network"


class UnknownPath(HttpRefusal):
    """Nothing is served there."""

    code = "unknown_path"
    sentence = "nothing is served at this path"


class MethodNotAllowed(HttpRefusal):
    """The path is served, for other methods."""

    code = "method_not_allowed"
    sentence = "this path does not take this method; the Allow header names those it takes"

    def __init__(self, *, allowed: str) -> None:
        super().__init__()
        self.allowed = allowed


class BodyTooLarge(HttpRefusal):
    """More bytes than any request needs (F-R04)."""

    code = "body_too_large"
    sentence = "a body holds at most 64 KiB"


class UnsupportedMediaType(HttpRefusal):
    """A body that does not say it is JSON (F-I10)."""

    code = "unsupported_media_type"
    sentence = "the body must be JSON, and Content-Type must say so"


class UnsupportedEncoding(HttpRefusal):
    """A compressed body: what it unpacks to has no bound (F-R06)."""

    code = "unsupported_encoding"
    sentence = "a body is sent as it is, without Content-Encoding"


class HeaderRepeated(HttpRefusal):
    """A header that has one value came twice: which one is meant cannot be told."""

    code = "header_repeated"
    sentence = "this header may be sent once only"


class InvalidJson(HttpRefusal):
    """Not JSON in UTF-8, or JSON that readers do not agree on (F-I02, F-I04, F-Y07, F-Y08)."""

    code = "invalid_json"
    sentence = "the body is not JSON in UTF-8 that every reader understands alike"


class DuplicateField(HttpRefusal):
    """The same key twice in one object: readers do not agree which one counts (F-C18)."""

    code = "duplicate_field"
    sentence = "this field is there twice"


class InvalidCharacters(HttpRefusal):
    """Control characters, half a surrogate pair, or what the field does not take (F-I03, F-I09)."""

    code = "invalid_characters"
    sentence = "this field holds characters that it may not hold"


class UnknownField(HttpRefusal):
    """A field that this call does not have: a typing error must not be ignored (F-S10)."""

    code = "unknown_field"
    sentence = "this call has no such field"


class MissingField(HttpRefusal):
    """A field without which the call means nothing."""

    code = "missing_field"
    sentence = "this field is required"


class InvalidType(HttpRefusal):
    """A number where text is wanted, or the like: nothing is converted."""

    code = "invalid_type"
    sentence = "this field is of another type"


class InvalidValue(HttpRefusal):
    """The right type, and none of the values that mean something."""

    code = "invalid_value"
    sentence = "this value means nothing here"


class InvalidLength(HttpRefusal):
    """Too long, too short, or too many."""

    code = "invalid_length"
    sentence = "this field is longer or shorter than it may be"


class AmountOutOfBounds(HttpRefusal):
    """Nothing, less than nothing, or more than any currency counts (F-I05)."""

    code = "amount_out_of_range"
    sentence = "an amount is at least 1 and less than 2^63"


class QuoteAndFields(HttpRefusal):
    """A quote and the fields it already fixed: which one is meant cannot be told."""

    code = "quote_and_fields"
    sentence = "give a quote or the fields of one, not both"


class InvalidUrl(HttpRefusal):
    """Not an absolute https address that every reader parses alike (F-S14)."""

    code = "invalid_url"
    sentence = "not an absolute https address"


class CustomerNotFound(HttpRefusal):
    """No such customer of this merchant."""

    code = "customer_not_found"
    sentence = "no such customer"


class UnknownParameter(HttpRefusal):
    """A query parameter that this call does not have."""

    code = "unknown_parameter"
    sentence = "this call has no such query parameter"


class MissingParameter(HttpRefusal):
    """A query parameter without which the call means nothing."""

    code = "missing_parameter"
    sentence = "this query parameter is required"


class DuplicateParameter(HttpRefusal):
    """The same query parameter twice (F-C18)."""

    code = "duplicate_parameter"
    sentence = "this query parameter is there twice"


class InvalidParameter(HttpRefusal):
    """A query parameter whose value cannot be read."""

    code = "invalid_parameter"
    sentence = "this query parameter has a value that cannot be read"


class IdempotencyKeyMissing(HttpRefusal):
    """Without a key a repeat could not be told from a second order."""

    code = "idempotency_key_missing"
    sentence = "this call needs an Idempotency-Key header"

    def __init__(self) -> None:
        super().__init__(param="Idempotency-Key")


class IdempotencyKeyInvalid(HttpRefusal):
    """Empty, too long, or with characters that a header may lose."""

    code = "idempotency_key_invalid"
    sentence = "an Idempotency-Key is 1 to 255 visible ASCII characters"

    def __init__(self) -> None:
        super().__init__(param="Idempotency-Key")


class RateLimited(HttpRefusal):
    """More calls than this key may make in a while."""

    code = "rate_limited"
    sentence = "too many calls; wait as long as Retry-After says"

    def __init__(self, *, retry_after_seconds: int = 1) -> None:
        super().__init__()
        self.retry_after_seconds = retry_after_seconds


class NotReady(CrossError):
    """This process cannot take work now; another may."""

    code = SwitchUnavailable.code

    def __init__(self, *, failed: list[str]) -> None:
        super().__init__(f"not ready: {', '.join(failed)}")


class Internal(HttpRefusal):
    """A mistake of ours; its details are in our log, under the request's id."""

    code = "internal"
    sentence = "a mistake of ours; it has been noted under this request_id"
