"""The question asked before a number that looks unusual is used."""

from collections.abc import Sequence

from markupsafe import Markup

from cross.domain.msisdn import Msisdn
from cross.switch.operators import look_up
from cross.switch.orders import Payer
from cross.switch.projection import Standing
from cross.switch.switch import Switch
from cross.web.asking import Asked
from cross.web.rendering import Screen
from cross.web.site import Site, path_of, reference_of
from cross.web.stages import looks_mistyped
from cross.web.words import Language, brand, isolated, spelled


def reasons(switch: Switch, language: Language, stands: Standing, payer: Payer) -> Sequence[Markup]:
    """Why to ask again: its prefix is usually another operator's, or nobody answered there."""
    if payer.number is None:
        return ()
    found = []
    likely, chosen = look_up(switch, payer.number).operator, payer.operator
    if likely is not None and likely != chosen:
        titles = {
            "likely": brand(switch.profile(likely).title),
            "chosen": brand(switch.profile(chosen).title),
        }
        found.append(language.say("confirm_prefix", **titles))
    if looks_mistyped(stands.attempts, payer.number):
        found.append(language.say("confirm_failed"))
    return found


async def screen(
    site: Site, asked: Asked, stands: Standing, payer: Payer, why: Sequence[Markup]
) -> Screen:
    """The number in pairs, what will happen, yes or no."""
    order, number = stands.order, payer.number or ""
    return Screen(
        "confirm.html",
        {
            "merchant": await site.merchant(order.merchant),
            "amount": order.amount,
            "operator": payer.operator,
            "number": number,
            "spelled": spelled(Msisdn(number)),
            "reasons": why,
            "attempt": len(stands.attempts) + 1,
            "action": asked.at(path_of(order)),
            "reference": isolated(reference_of(order)),
        },
    )
