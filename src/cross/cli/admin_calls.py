"""Calls to `/admin` of a running switch, with what proves that one may read its master key."""

import getpass
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cross.cli.calls import Calls, opened_outbound, running_sandbox
from cross.cli.screen import Failed
from cross.cli.settings_file import chosen, settings_in
from cross.sealing import admin_tokens, read_master_keys

_STRANGE = re.compile(r"[^A-Za-z0-9._@-]", re.ASCII)


@asynccontextmanager
async def reach_as_admin(
    api_url: str | None, config: Path | None, token: str | None
) -> AsyncIterator[Calls]:
    """The switch that the flags name, else that of cross.toml here, else the running sandbox."""
    sandbox = sandbox_meant(api_url, config)
    if api_url is None or token is None:
        if sandbox.get("admin_token"):
            url, token = sandbox["api_url"], token or sandbox["admin_token"]
        else:
            url, token = _configured(config, token)
        api_url = api_url or url
    async with opened_outbound() as outbound:
        yield Calls(outbound, api_url.rstrip("/"), token, also=(("X-Cross-Admin", person()),))


def sandbox_meant(api_url: str | None, config: Path | None) -> dict[str, str]:
    """The running sandbox, where nobody names another switch: no flag, no cross.toml here.

    Whoever stands where a switch is configured means that one, whatever sandbox he left running.
    """
    named = api_url is not None or config is not None or chosen(None).exists()
    return {} if named else running_sandbox()


def _configured(config: Path | None, token: str | None) -> tuple[str, str]:
    settings = settings_in(config)
    url = f"http://{settings.host}:{settings.port}"
    if token is not None:
        return url, token
    if settings.master_key_file is None:
        raise Failed(
            fr="qui administre ? Donnez master_key_file dans cross.toml, ou --admin-token",
            en="who administers? Give master_key_file in cross.toml, or --admin-token",
        )
    try:
        return url, admin_tokens(read_master_keys(settings.master_key_file))[0]
    except ValueError as error:
        raise Failed(fr=str(error), en=str(error)) from None


def person() -> str:
    """Who types, as the audit names him."""
    try:
        return _STRANGE.sub("_", getpass.getuser())[:64]
    except (KeyError, OSError):
        return "admin"
