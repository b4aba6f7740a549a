"""`cross partners`: banks on the MBANKING gateway: what they may do, passwords, float."""

from typing import Annotated, Any, Final

import typer

from cross.cli.calls import Calls
from cross.cli.options import admin_command
from cross.cli.pages import plain_table
from cross.cli.positions import position
from cross.cli.screen import CHECK_FAILED, Screen

partners = typer.Typer(help="Partner banks: add, change, fund, disable, try out.")

Who = Annotated[str, typer.Argument(metavar="PARTNER", help="prt_…, or the user name.")]
Password = Annotated[
    str,
    typer.Option(
        envvar="CROSS_PARTNER_PASSWORD",
        prompt=True,
        hide_input=True,
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
    password: Password,
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
        "password": password,
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
    password: Password,
    client: Annotated[bool, typer.Option("--client", help="The secret of its OAuth2.")] = False,
) -> None:
    """Give a partner another password; its tokens end at once."""
    content = {"password": password, "client": client}
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
async def test_legacy(screen: Screen, calls: Calls, *, partner: Who, password: Password) -> int:
    """Sign in as a partner in each version and ask about nothing: no money moves."""
    found = await calls.get(f"/admin/partners/{partner}")
    asked = {"nomUtilisateur": found["username"], "motDePasse": password}
    outside = Calls(calls.outbound, calls.url)
    login = await outside.post("/mbanking/login", asked)
    answers = {"login": login["statut"]}
    token = login["data"]["token"].removeprefix("Bearer ")
    there = Calls(calls.outbound, calls.url, token)
    query = {"idRequete": "cross-test-legacy"}
    answers["v2"] = await there.get("/mbanking/v2/check-transaction", query)
    good = login["statut"]["code"] == "2000" and answers["v2"]["total"] == 0
    for name in ("merchantid", "agentid"):
        if found[name] is not None:
            old = {name: found[name], "password": password, "referenceid": "cross-test-legacy"}
            answers[f"v1 {name}"] = await outside.get("/mbanking/v1/check", old)
            good = good and answers[f"v1 {name}"]["result"] == "5000"
    screen.document(answers)
    for name, answer in answers.items():
        screen.line(f"{name}: {answer}")
    return 0 if good else CHECK_FAILED


def _show(screen: Screen, found: list[dict[str, Any]]) -> None:
    table = plain_table(
        ("Id", "left"),
        (screen.one_of(fr="Utilisateur", en="User name"), "left"),
        (screen.one_of(fr="Nom", en="Name"), "left"),
        (screen.one_of(fr="État", en="Status"), "left"),
        (screen.one_of(fr="Opérations", en="Operations"), "left"),
        ("Callback", "left"),
    )
    for one in found:
        operations = ", ".join(_told(name, one["operations"][name]) for name in OPERATIONS)
        row = (one["id"], one["username"], one["name"], one["status"], operations)
        table.add_row(*row, one["callback_url"] or "")
    screen.show(table)


def _told(name: str, terms: dict[str, Any]) -> str:
    if not terms["enabled"]:
        return f"{name} ✗"
    bounds = [
        f"{sign}{terms[key]}"
        for sign, key in (("≤", "amount_max"), ("≤/d ", "day_max"), ("→", "cut_off"))
        if terms[key] is not None
    ]
    return " ".join((name, *bounds))
