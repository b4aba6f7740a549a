"""A changed copy is what `dataclasses.replace` makes, of every value of the domain."""

import dataclasses
import importlib
import pkgutil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross import domain
from cross.domain.changed import changed
from cross.domain.movement import MovementKind
from tests.domain.movements import accepted

MODULES = [
    importlib.import_module(f"cross.domain.{found.name}")
    for found in pkgutil.iter_modules(domain.__path__)
]
KINDS = sorted(
    {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type)
        and dataclasses.is_dataclass(kind)
        and kind.__eq__ is not object.__eq__  # of a currency there is one value, never a copy
    },
    key=lambda kind: kind.__qualname__,
)


def is_checked(kind: type) -> bool:
    return hasattr(kind, "__post_init__")


def values_of(kind: type) -> st.SearchStrategy[Any]:
    """Values whose fields hold anything: what a copy must carry is not for it to understand."""
    fields = {field.name: st.integers() for field in dataclasses.fields(kind)}
    return st.fixed_dictionaries(fields).map(lambda content: kind(**content))


def test_there_are_values_to_change() -> None:
    assert {"Movement", "Leg", "Money", "Step"} <= {kind.__name__ for kind in KINDS}


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if not is_checked(kind)], ids=lambda kind: kind.__name__
)
@given(data=st.data())
def test_a_copy_is_what_the_standard_library_makes(kind: type, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    names = [field.name for field in dataclasses.fields(kind)]
    new = data.draw(st.dictionaries(st.sampled_from(names), st.text()) if names else st.just({}))

    copy = changed(value, **new)

    assert copy == dataclasses.replace(value, **new)
    assert type(copy) is kind
    assert value == dataclasses.replace(value)


@pytest.mark.parametrize("kind", list(MovementKind))
def test_a_real_movement_is_copied_with_all_it_has(kind: MovementKind) -> None:
    movement = accepted(kind)

    assert changed(movement) == movement
    assert changed(movement, version=2) == dataclasses.replace(movement, version=2)
    assert changed(movement.legs[0], sends=5) == dataclasses.replace(movement.legs[0], sends=5)


def test_what_a_value_refuses_when_it_is_made_it_refuses_when_it_is_changed() -> None:
    money = accepted(MovementKind.PAYOUT).price.credit

    with pytest.raises(ValueError, match="negative"):
        changed(money, amount=-1)


def test_a_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        changed(accepted(MovementKind.PAYOUT), amonut=1)
