"""What is read of operators' words, on both engines, in books of which they said nothing."""

from cross.storage import losses, own_references
from cross.storage.store import Store
from tests.conftest import Run


def test_books_in_which_no_operator_lied_name_none(store: Store, run: Run) -> None:
    """F-O05, F-O11."""
    assert run(losses.untold(store, "loss:XOF")) == []
    assert run(own_references.given(store, after=0, upto=1_000)) == []
    assert run(own_references.is_told(store, "CROSS1", "CROSS2")) is False
