"""Ids: shape, order, uniqueness, and references that operators accept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross.domain import ids

VALID = "trf_01ARYZ6S410000000000000000"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PREFIXES = (
    *(ids.QUOTE, ids.TRANSFER, ids.COLLECTION, ids.PAYOUT),
    *(ids.EVENT, ids.MERCHANT, ids.API_KEY, ids.ENTRY),
)
BITS = st.integers(min_value=0, max_value=2**80 - 1)
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
    max_value=datetime(9999, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_a_ulid_is_the_published_one() -> None:
    # Source: github.com/ulid/javascript, README: ulid(1469918176385) starts with 01ARYZ6S41.
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1_469_918_176_385)

    assert ids.ulid(at=at, random_bits=0) == "01ARYZ6S41" + "0" * 16
    assert ids.ulid(at=at, random_bits=2**80 - 1) == "01ARYZ6S41" + "Z" * 16


@pytest.mark.parametrize("prefix", PREFIXES)
@given(at=TIMES, random_bits=BITS)
def test_every_id_has_its_shape(prefix: str, at: datetime, random_bits: int) -> None:
    text = ids.new_id(prefix, at=at, random_bits=random_bits)

    assert ids.is_id(text, prefix)
    assert len(text) == len(prefix) + 27


@given(at=TIMES, later_by=st.integers(min_value=2, max_value=10**9), first=BITS, second=BITS)
def test_ids_sort_by_time_of_creation(at: datetime, later_by: int, first: int, second: int) -> None:
    try:
        later = at + timedelta(milliseconds=later_by)
    except OverflowError:
        return
    earlier_id = ids.new_id("trf", at=at, random_bits=first)

    assert earlier_id < ids.new_id("trf", at=later, random_bits=second)


@given(at=TIMES, first=BITS, second=BITS)
def test_ids_of_one_moment_are_as_different_as_their_random_bits(
    at: datetime, first: int, second: int
) -> None:
    same = ids.ulid(at=at, random_bits=first) == ids.ulid(at=at, random_bits=second)

    assert same == (first == second)


def test_no_two_nouns_share_a_prefix() -> None:
    assert len(set(PREFIXES)) == len(PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        *("", "trf", "trf_", VALID[4:], VALID[:-1], VALID + "0", f" {VALID}", f"{VALID}\n"),
        *(VALID.upper(), VALID.lower(), VALID.replace("_", "-"), f"po{VALID[3:]}"),
        *(f"{VALID[:-1]}{wrong}" for wrong in "ILOU*a０"),
    ],
)
def test_anything_else_is_not_an_id(text: str) -> None:
    assert ids.is_id(VALID, "trf")
    assert not ids.is_id(text, "trf")


@given(random_bits=BITS)
def test_a_reference_for_operators_is_ours_at_a_glance(random_bits: int) -> None:
    """money-safety.md, decision 3: derived from movement and leg, `[A-Z0-9]` only."""
    movement = ids.new_id(ids.TRANSFER, at=AT, random_bits=random_bits)
    references = {ids.operator_reference(movement, leg) for leg in ("debit", "credit", "refund")}

    assert len(references) == 3
    for reference in references:
        assert reference.startswith("CRX")
        assert reference.isascii()
        assert reference.isalnum()
        assert reference.isupper()
