"""`cross partners`: banks on the MBANKING gateway: what they may do, passwords, float."""

import asyncio
import getpass
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.positions import position
from cross.cli.screen import CHECK_FAILED, OK, USAGE, Failed, Screen

partners = typer.Typer(help="Partner banks: add, change, fund, disable, try out.")

Who = Annotated[str, typer.Argument(metavar="PARTNER", help="prt_…, or the user name.")]
Password = Annotated[
    str | None,
    typer.Option(
        envvar="CROSS_PARTNER_PASSWORD",
        help="Asked for where it is not given; 8 characters at least.",
    ),
]
Callback = Annotated[str | None, typer.Option("--callback-url", metavar="URL")]
Networks = Annotated[
    list[str] | None, typer.Option("--network", metavar="CIDR", help="Again for each; else all.")
]
MerchantId = Annotated[str | None, typer.Option("--merchantid", help="Of version 1.")]
AgentId = Annotated[str | None, typer.Option("--agentid", help="Of version 1.")]
OPERATIONS: Final = ("credit", "debit")
_UNKNOWN: Final = "cross-test-legacy"

partners.command()(position)


@partners.command("list")
@admin_command
async def list_(screen: Screen, calls: Calls) -> None:
    """List partners."""
    found = await calls.get("/admin/partners")
    screen.document(found)
    _show(screen, found["data"])


@partners.command()
@admin_command
async def add(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="nomUtilisateur.")],
    name: Annotated[str, typer.Option(help="nomPartenaire.")],
    number: Annotated[str, typer.Option(help="idPartenaire.")],
    password: Password = None,
    merchantid: MerchantId = None,
    agentid: AgentId = None,
    callback_url: Callback = None,
    network: Networks = None,
) -> None:
    """Open a partner, with a merchant and so a float of its own."""
    asked = {
        "username": username,
        "name": name,
        "number": number,
        "password": await _typed(screen, password, twice=True),
        "merchantid": merchantid,
        "agentid": agentid,
        "callback_url": callback_url,
        "networks": network,
    }
    content = {key: value for key, value in asked.items() if value is not None}
    made = await calls.post("/admin/partners", content)
    screen.document(made)
    _show(screen, [made])


@partners.command()
@admin_command
async def show(screen: Screen, calls: Calls, *, partner: Who) -> None:
    """Show a partner and what it may do."""
    found = await calls.get(f"/admin/partners/{partner}")
    screen.document(found)
    _show(screen, [found])


@partners.command("set")
@admin_command
async def set_(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    partner: Who,
    operation: Annotated[
        str | None, typer.Option(help="credit or debit: what the next four are about.")
    ] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--forbid")] = None,
    amount_max: Annotated[int | None, typer.Option(min=0, help="At once; 0 is no limit.")] = None,
    day_max: Annotated[int | None, typer.Option(min=0, help="In a day; 0 is no limit.")] = None,
    cut_off: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="UTC; empty for none.")
    ] = None,
    callback_url: Callback = None,
    network: Networks = None,
    merchantid: MerchantId = None,
    agentid: AgentId = None,
    client_id: Annotated[str | None, typer.Option(help="Of OAuth2; else the user name.")] = None,
    name: Annotated[str | None, typer.Option(help="nomPartenaire.")] = None,
) -> None:
    """Change what a partner is and may; an empty text takes away, `--network any` allows all."""
    terms = {
        "enabled": enabled,
        "amount_max": amount_max,
        "day_max": day_max,
        "cut_off": cut_off,
    }
    asked: dict[str, Any] = {
        "callback_url": callback_url,
        "networks": [] if network == ["any"] else network,
        "merchantid": merchantid,
        "agentid": agentid,
        "client_id": client_id,
        "name": name,
    }
    for one in OPERATIONS if operation is None else (operation,):
        asked[one] = {key: value for key, value in terms.items() if value is not None} or None
    content = {key: value for key, value in asked.items() if value is not None}
    after = await calls.put(f"/admin/partners/{partner}", content)
    screen.document(after)
    _show(screen, [after])


@partners.command()
@admin_command
async def password(
    screen: Screen,
    calls: Calls,
    *,
    partner: Who,
    password: Password = None,
    client: Annotated[bool, typer.Option("--client", help="The secret of its OAuth2.")] = False,
) -> None:
    """Give a partner another password; its tokens end at once."""
    content = {"password": await _typed(screen, password, twice=True), "client": client}
    after = await calls.post(f"/admin/partners/{partner}/password", content)
    screen.document(after)
    screen.say(fr="Changé ; ses jetons sont morts.", en="Changed; its tokens have ended.")


@partners.command()
@admin_command
async def disable(screen: Screen, calls: Calls, *, partner: Who) -> None:
    """Let nobody in as this partner, from now on."""
    after = await calls.post(f"/admin/partners/{partner}/disable")
    screen.document(after)
    _show(screen, [after])


@partners.command()
@admin_command
async def enable(screen: Screen, calls: Calls, *, partner: Who) -> None:
    """Let a disabled partner in again."""
    after = await calls.post(f"/admin/partners/{partner}/enable")
    screen.document(after)
    _show(screen, [after])


@partners.command()
@admin_command
async def fund(  # noqa: PLR0913  one argument an option
    screen: Screen,
    calls: Calls,
    *,
    partner: Who,
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="Where it was paid in.")],
    amount: Annotated[int, typer.Argument(min=1, metavar="AMOUNT")],
    name: Annotated[str, typer.Option(help="Such as VIR-2026-118; each is booked once.")],
) -> None:
    """Book what a bank paid into its float."""
    content = {"operator": operator, "amount": amount, "name": name}
    after = await calls.post(f"/admin/partners/{partner}/fund", content)
    screen.document(after)
    if after["funded"]:
        screen.say(fr="Inscrit dans les livres.", en="Booked.")
    else:
        screen.say(fr=f"{name} y était déjà.", en=f"{name} was booked before.")


@partners.command("test-legacy")
@admin_command
async def legacy(screen: Screen, calls: Calls, *, partner: Who, password: Password = None) -> int:
    """Sign in as a partner in each version and ask about nothing: no money moves."""
    found = await calls.get(f"/admin/partners/{partner}")
    typed = await _typed(screen, password, twice=False)
    answers = await _signed_in(Calls(calls.outbound, calls.url), found, typed)
    screen.document(answers)
    for name, answer in answers.items():
        screen.line(f"{name}: {answer}")
    return OK if all(_is_good(name, answer) for name, answer in answers.items()) else CHECK_FAILED


async def _signed_in(
    outside: Calls, partner: Mapping[str, Any], password: str
) -> dict[str, Mapping[str, Any]]:
    """What each version answers; where the login is refused nothing else is asked."""
    asked = {"nomUtilisateur": partner["username"], "motDePasse": password}
    try:
        login = await outside.post("/mbanking/login", asked)
        answers = {"login": login["statut"]}
        token = login["data"]["token"].removeprefix("Bearer ")
        there = Calls(outside.outbound, outside.url, token)
        query = {"idRequete": _UNKNOWN}
        answers["v2"] = await there.get("/mbanking/v2/check-transaction", query)
        for name in ("merchantid", "agentid"):
            if partner[name] is not None:
                old = {name: partner[name], "password": password, "referenceid": _UNKNOWN}
                answers[f"v1 {name}"] = await outside.get("/mbanking/v1/check", old)
    except Failed as refused:
        if refused.problem is None:  # no answer at all
            raise
        networks = ", ".join(partner["networks"])
        raise Failed(
            fr=f"le portail refuse : mot de passe, ou adresse de cette machine hors de "
            f"{networks or 'ses réseaux'}",
            en=f"the gateway refuses: the password, or this machine's address outside "
            f"{networks or 'its networks'}",
            code=CHECK_FAILED,
        ) from None
    return answers


def _is_good(name: str, answer: Mapping[str, Any]) -> bool:
    """Whether it is what a well partner is answered about a reference that was never used."""
    if name == "login":
        return bool(answer["code"] == "2000")
    return bool(answer["total"] == 0 if name == "v2" else answer["result"] == "5000")


async def _typed(screen: Screen, password: str | None, *, twice: bool) -> str:
    """The password that was given, or typed unseen."""
    if password is not None:
        return password
    if not sys.stdin.isatty():
        raise Failed(
            fr="quel mot de passe ? CROSS_PARTNER_PASSWORD, ou --password",
            en="which password? CROSS_PARTNER_PASSWORD, or --password",
            code=USAGE,
        )
    question = screen.one_of(fr="Mot de passe : ", en="Password: ")
    typed = await asyncio.to_thread(getpass.getpass, question)
    again = screen.one_of(fr="Encore une fois : ", en="Once more: ")
    if twice and await asyncio.to_thread(getpass.getpass, again) != typed:
        raise Failed(fr="ce ne sont pas les mêmes", en="they are not the same", code=USAGE)
    return typed


def _show(screen: Screen, found: list[dict[str, Any]]) -> None:
    if not found:
        screen.say(fr="Rien.", en="Nothing.")
    for one in found:
        screen.line(f"{one['id']}  {one['username']}  {one['name']}  {one['status']}")
        for name in OPERATIONS:
            screen.line(f"    {name}: {_told(screen, one['operations'][name])}")
        if one["networks"]:
            screen.line(f"    {', '.join(one['networks'])}")
        if one["callback_url"]:
            screen.line(f"    callback: {one['callback_url']}")


def _told(screen: Screen, terms: Mapping[str, Any]) -> str:
    if not terms["enabled"]:
        return screen.one_of(fr="non", en="no")
    most, in_a_day, cut_off = terms["amount_max"], terms["day_max"], terms["cut_off"]
    bounds = [screen.one_of(fr="oui", en="yes")]
    if most is not None:
        bounds.append(screen.one_of(fr=f"{most} au plus", en=f"{most} at most"))
    if in_a_day is not None:
        bounds.append(screen.one_of(fr=f"{in_a_day} par jour", en=f"{in_a_day} a day"))
    if cut_off is not None:
        bounds.append(screen.one_of(fr=f"jusqu'à {cut_off} UTC", en=f"until {cut_off} UTC"))
    return ", ".join(bounds)
