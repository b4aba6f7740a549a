"""What the watch is set to: where pages go, and from when on something is worth one."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

BENEFICIARY_HOUR_MAX: Final = 1_000  # money-safety.md, F-S29: one beneficiary, a thousand times


class WatchSettings(BaseModel):
    """Alarms (S-LOG-05): an address for pages, and thresholds; none of them changes what moves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alarm_url: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="Where each alarm's turn is POSTed, signed; else it is logged and measured.",
    )
    unknown_seconds: int = Field(default=300, gt=0)  # S-LOG-05: unknown older than 5 min
    stuck_seconds: int = Field(default=1_800, gt=0)  # S-LOG-05, I-21: 30 min without an owner
    paged_seconds: int = Field(default=86_400, gt=0)  # I-21: none older than 24 h without a page
    disk_percent: int = Field(default=80, gt=0, le=100)  # S-LOG-05: disk 80 %
    wal_bytes: int = Field(default=256 * 1024 * 1024, gt=0)  # F-D17; ASSUMED, 16 checkpoints' worth
    doubted_callbacks: int = Field(
        default=10,
        gt=0,
        description="So many callbacks of a wrong signature, source or shape from one operator"
        " since the last look in which there were none.",
    )
    backup_folder: Path | None = Field(
        default=None,
        description="Where `cross db backup` writes: the newest file's age is looked at.",
    )
    backup_hours: int = Field(default=24, gt=0)
    float_operators: tuple[str, ...] = Field(
        default=(),
        description="Operators whose own figure of our wallet is compared with our float: those"
        " that tell it, and that take their fees from nowhere else.",
    )
    float_seconds: int = Field(default=60, gt=0)
    beneficiary_hour_max: int = Field(
        default=BENEFICIARY_HOUR_MAX,
        ge=0,
        description="More payouts than so many to one wallet in an hour stop its operator; 0: off.",
    )
