"""What waits for people, as an installation has it: a part of the settings."""

from pydantic import BaseModel, ConfigDict, Field


class AttentionSettings(BaseModel):
    """Who looks, until when, and how many people it takes.

    `owner`: who gets what nobody has taken; `hours`: until when. `approval_threshold`: by currency,
    up to which amount one person decides alone; above it, and where none is said, it takes two.
    `look_every_seconds`: how often what waits is gathered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: str = Field(default="operations", pattern=r"^[A-Za-z0-9._@-]{1,64}$")
    hours: int = Field(default=24, ge=1, le=240)
    approval_threshold: dict[str, int] = Field(default_factory=dict)
    look_every_seconds: float = Field(default=30.0, gt=0, le=600)
