"""`/back/{id}`: where an operator's page sends the payer's browser when it is done.

It proves nothing, whoever opens it: the browser goes on to the merchant's own address, or is told
that the merchant will know. The same for a movement that is not there.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cross.api.answers import Answer
from cross.api.document import Call
from cross.api.headers import switch_of
from cross.api.routing import Router
from cross.switch import visits
from cross.switch.requests import CANCELED, WAY_BACK

HTML: Final = "text/html; charset=utf-8"
SAFE: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PAGE: Final = """<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Cross</title>
<p>Merci. Votre passage chez l'opérateur est terminé. Le résultat est confirmé au marchand par
l'opérateur lui-même ; vous pouvez fermer cette page et retourner chez le marchand.
<p lang="en">Thank you. Your visit to the operator's page has ended. The operator itself tells the
merchant how it went; you may close this page and go back to the merchant.
</html>
"""

router = Router()


@router.call("GET", f"{WAY_BACK}/{{id}}", Call(answers=(), public=True, leads_on=True))
async def come_back(request: Request) -> Response:
    """Lead the payer back to the merchant."""
    return await _on_from(request, canceled=False)


@router.call("GET", f"{WAY_BACK}/{{id}}/{CANCELED}", Call(answers=(), public=True, leads_on=True))
async def come_back_canceled(request: Request) -> Response:
    """Lead a payer who gave up back to the merchant."""
    return await _on_from(request, canceled=True)


async def _on_from(request: Request, *, canceled: bool) -> Response:
    switch = switch_of(request)
    target = await visits.return_address(switch, request.path_params["id"], canceled=canceled)
    if target is None:
        return Answer(PAGE.encode(), 200, request, media_type=HTML, headers=SAFE)
    headers = {**SAFE, "location": target}
    return Answer(b"", 303, request, media_type=HTML, headers=headers)
