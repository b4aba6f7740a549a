"""PI-SPI's code, byte for byte (screens.md)."""

import pytest

from cross.domain.money import djf, xof
from cross.domain.pi_spi import Alias, dynamic_qr, static_qr

ALIAS = Alias("111c3e1b-4312-49ec-b75e-4c8c74c10fd7", "TG")
VECTOR = (
    "00020136560012int.bceao.pi0136111c3e1b-4312-49ec-b75e-4c8c74c10fd7520400005303952"
    "54075000.005802TG5901X6001X62200509PAYK7F3Q911034006304D598"
)


def test_the_vector() -> None:
    assert dynamic_qr(ALIAS, xof(5_000), reference="PAYK7F3Q9") == VECTOR


def test_a_static_code_has_no_reference_and_its_own_channel() -> None:
    assert "62071103000" in static_qr(ALIAS)
    assert "54" not in static_qr(ALIAS).partition("5303952")[2][:2]
    assert "5406500.00" in static_qr(ALIAS, xof(500))


@pytest.mark.parametrize("reference", ["", "A" * 26, "A-1", "É"])
def test_a_reference_is_up_to_25_letters_and_digits(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        dynamic_qr(ALIAS, xof(5_000), reference=reference)


def test_only_the_uemoa_has_it() -> None:
    with pytest.raises(ValueError, match="UEMOA"):
        Alias(ALIAS.alias, "DJ")
    with pytest.raises(ValueError, match="UUID"):
        Alias("x", "TG")
    with pytest.raises(ValueError, match="XOF"):
        dynamic_qr(ALIAS, djf(5_000), reference="A")
    with pytest.raises(ValueError, match="XOF"):
        static_qr(ALIAS, djf(5_000))
