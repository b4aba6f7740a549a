"""Asks an operator: one request, and silence as an answer like another."""

from cross.domain.operator import Unknown
from cross.outbound import HttpRequest, HttpResponse, NoAnswer, Outbound


async def ask(outbound: Outbound, request: HttpRequest) -> HttpResponse | Unknown:
    """The whole answer, or `Unknown` that tells whether anything was sent."""
    try:
        return await outbound.send(request)
    except NoAnswer as silence:
        return Unknown(silence.detail, sent=silence.sent)


def about_the_leg(silence: Unknown) -> Unknown:
    """What the silence of a query, or of a repeated request, tells of the leg: nothing.

    `sent=False` is a promise about the leg's own request; a query that never left cannot give it.
    """
    return silence if silence.sent else Unknown(silence.detail)
