"""Where the ledger's signed head goes: somewhere that whoever changes these books cannot (I-34)."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ChainSettings(BaseModel):
    """Shipping of the chain's head; without a place it stays in the books."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ship_to: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="An address to which the signed head is POSTed as JSON.",
    )
    ship_file: Path | None = Field(
        default=None,
        description="A file, better on another machine's disk, that gets a line for each head. At"
        " the start its last head must be in the books; else they are put in quarantine.",
    )
    ship_every_seconds: float = Field(
        default=3_600.0,
        gt=0,
        le=3_600.0,  # money-safety.md, I-34: at least hourly
        description="How often the head is signed and shipped.",
    )
