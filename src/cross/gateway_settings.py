"""How the partner gateway is set up: a part of the settings."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class MbankingSettings(BaseModel):
    """The partner gateway; `assertion_…`: what an API manager's tokens must say to be believed.

    `jwks` is the text of a JWKS, `jwks_file` its place; without either no such token is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    credit_wait_seconds: float = Field(default=20.0, gt=0, le=300)
    token_seconds: int = Field(default=3600, ge=60, le=86_400)
    jwks_file: Path | None = None
    jwks: str = ""
    assertion_algorithms: tuple[Literal["RS256", "PS256", "ES256"], ...] = ("RS256",)
    assertion_issuer: str = ""
    assertion_audience: str = ""
    assertion_claim: str = "sub"
