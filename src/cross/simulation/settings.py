"""How the simulated operators behave in time: all of it may be changed, none of it is money."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class LostAnswer(StrEnum):
    """What a caller sees whose answer is lost: nothing until it gives up, or an empty 500."""

    HOLD = "hold"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """Delays of all simulated operators; every default is ASSUMED (operators.md section 9).

    `prompt_delay_seconds` passes before a payer answers by himself; 0 means at once. The key pairs
    of operators that sign are kept in `keys_folder`; without one they end with the process.
    """

    prompt_delay_seconds: float = 1.0
    ack_delay_seconds: float = 0.0
    callback_delay_seconds: float = 0.0
    prompt_seconds: float = 120.0
    late_approval_seconds: float = 10.0  # number 08: so long after the prompt's time limit
    queries_fail_seconds: float = 60.0  # number 20: sandbox.md section 3
    lost_answer: LostAnswer = LostAnswer.HOLD
    lost_answer_seconds: float = 150.0
    requests_kept: int = 1_000
    keys_folder: Path | None = None
