"""What Cross answers about the requests it was sent."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from cross.api.schemas import listing_of
from cross.api.shapes import Moment, Shape


class RequestLog(Shape):
    """A request as the process that answers remembers it; without its body and its query."""

    id: Annotated[str, Field(description="Rises within one process, until that ends.")]
    object: Literal["request_log"]
    livemode: bool
    at: Moment
    method: str
    path: Annotated[str, Field(description="As this document writes it, without ids.")]
    status: int
    code: Annotated[str | None, Field(description="Of the refusal, where it was one.")]
    duration_us: Annotated[int, Field(description="Microseconds.")]
    request_id: str
    key: str | None
    subject: Annotated[str | None, Field(description="The id of what it was about.")]


PAGES: Final[Mapping[str, type[BaseModel]]] = {"RequestLogList": listing_of(RequestLog)}
"""The shapes of lists, by name."""
