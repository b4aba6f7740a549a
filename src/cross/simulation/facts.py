"""What one simulated operator is: its name, money, numbers, credentials and lenient switches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Setting: TypeAlias = str | bool | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """The constants of one operator.

    `prefixes` are the first digits of its numbers, after the country's calling code.
    `client_settings` are the lenient switches of operators.md section 8, each with its default;
    `choices` lists the words that a setting may have; any other is of its default's type.
    A callback that failed is tried again after each of `retry_seconds`, within `answer_seconds`.
    `signs`: client and operator each have a key pair.
    """

    name: str
    currency: str
    prefixes: tuple[str, ...]
    number_digits: int
    credentials: Mapping[str, str]
    client_settings: Mapping[str, Setting]
    choices: Mapping[str, tuple[str, ...]]
    paths_fold_case: bool = False
    retry_seconds: tuple[int, ...] = (5, 30, 120, 600)  # ASSUMED: operators.md section 2.4
    answer_seconds: float = 30.0  # ASSUMED: how long an operator waits for a client's answer
    signs: bool = False

    def serves(self, msisdn: str) -> bool:
        """Whether the number is of this operator's plan."""
        return len(msisdn) == self.number_digits and msisdn.startswith(self.prefixes)
