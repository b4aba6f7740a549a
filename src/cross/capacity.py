"""Capacity: how much one process takes on, and when it says *later* instead (decision 29)."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

RETRY_AFTER_SECONDS: Final = 2
"""How long a caller is asked to wait whom we had no room for."""


class Capacity(BaseModel):
    """Bounds of one process; beyond each of them new work is refused before it is accepted.

    `writes_max` and `writes_seconds_max`: how much may wait for the books, and for how long;
    `movements_max`: open ones in memory; `lag_seconds_max`: how late the event loop may be;
    `callbacks_max`: callbacks that wait for the books; `answer_seconds_max`: until a caller is told
    that the books are silent. Per operator: `calls_max` requests that move money and `queries_max`
    queries under way at once, `calls_waiting_max` that wait for their turn, and
    `calls_per_second`, by operator, where a contract says so. `connections_max`: in all, and
    `connections_per_address_max`: from one address that is no proxy of ours;
    `local_connections`: those from this machine are not counted by address.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    writes_max: int = Field(default=8_192, ge=1)
    writes_seconds_max: float = Field(default=1.0, gt=0)
    movements_max: int = Field(default=100_000, ge=1)
    lag_seconds_max: float = Field(default=1.0, gt=0)
    callbacks_max: int = Field(default=10_000, ge=1)
    answer_seconds_max: float = Field(default=4.5, gt=0, le=60)  # money-safety.md, F-D04: 5 s
    calls_max: int = Field(default=64, ge=1)
    queries_max: int = Field(default=64, ge=1)
    calls_waiting_max: int = Field(default=1_024, ge=1)
    calls_per_second: dict[str, float] = Field(default_factory=dict)
    connections_max: int = Field(default=16_384, ge=1)
    connections_per_address_max: int = Field(default=100, ge=1)  # money-safety.md, S-API-11
    local_connections: bool = True
