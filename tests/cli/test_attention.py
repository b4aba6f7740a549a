"""`cross admins`, `cross approvals` and `cross attention`, against a sandbox that runs."""

import pytest

from tests.cli.running import Typed

pytestmark = pytest.mark.usefixtures("running")


def test_two_people_make_a_third_and_the_queue_shows_what_waits(typed: Typed) -> None:
    """I-35."""
    tokens = [typed.document("admins", "add", name)["token"] for name in ("awa", "kodjo")]
    awa, kodjo = (("--admin-token", token) for token in tokens)
    said = typed("admins", "add", "sena", *awa)
    assert "admp_" in said.out
    assert "cross approvals approve apr_" in said.out
    assert typed("admins", "add", "me").code == 1

    [waiting] = typed.document("attention", "list")["data"]
    assert (waiting["source"], waiting["reason"]) == ("approval", "approval")
    proposal = waiting["about"]
    assert waiting["id"] in typed("attention", "list").out
    assert proposal in typed("attention", "show", waiting["id"]).out
    noted = typed("attention", "note", waiting["id"], "who is she?", *kodjo)
    assert "who is she?" in noted.out
    assert "kodjo" in noted.out
    assert "proposed" in typed("approvals", "show", proposal).out

    assert typed("approvals", "approve", proposal, *awa).code == 1
    assert "applied" in typed("approvals", "approve", proposal, *kodjo).out
    assert typed.document("attention", "list")["data"] == []
    [closed] = typed.document("attention", "list", "--closed")["data"]
    assert closed["id"] == waiting["id"]
    names = [one["name"] for one in typed.document("admins", "list")["data"]]
    assert names == ["sena", "kodjo", "awa"]
    assert "Rien n'attend" in typed("attention", "list", "--lang", "fr").out
