"""Random bits: as many as asked for, none twice, each as likely as the next."""

import pytest

from cross.randomness import RandomSource

EVERY_SIZE = [1, 7, 8, 9, 32, 80, 256, 4_096 * 8, 4_096 * 8 + 1, 100_000]


@pytest.mark.parametrize("bits", EVERY_SIZE)
def test_so_many_bits_and_no_more(bits: int) -> None:
    source = RandomSource()
    drawn = [source(bits) for _ in range(50)]

    assert all(0 <= number < 1 << bits for number in drawn)
    assert max(number.bit_length() for number in drawn) > bits - 45


def test_nothing_is_drawn_twice_within_a_block_or_across_blocks() -> None:
    """An id drawn twice would be two movements under one name."""
    one, other = RandomSource(), RandomSource()
    drawn = [source(80) for _ in range(5_000) for source in (one, other)]

    assert len(set(drawn)) == len(drawn)


def test_every_bit_is_set_half_of_the_time() -> None:
    """The bound is seven standard deviations: it fails by chance once in 10^10 runs."""
    source, draws = RandomSource(), 10_000
    counts = [0] * 11
    for _ in range(draws):
        number = source(11)
        for place in range(11):
            counts[place] += number >> place & 1

    assert all(abs(count - draws / 2) < 7 * (draws / 4) ** 0.5 for count in counts)


def test_draws_of_different_sizes_share_no_bits() -> None:
    source = RandomSource()
    text = "".join(f"{source(bits):0{bits}b}" for _ in range(500) for bits in (64, 80, 72))
    windows = [text[place : place + 64] for place in range(0, len(text) - 64, 8)]

    assert len(set(windows)) == len(windows)
