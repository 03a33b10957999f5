"""What a person means by a name of a proposal."""

from __future__ import annotations

import pytest

from promobot.core.naming import is_whole, meant

ONE, TWO = "live_promotion_20261122T120000Z_00fe2262ae8fb354", "live_promotion_20261122T130000Z_7d61173116e82509"
IDS = [ONE, TWO]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (ONE, [ONE]),
        ("live_promotion_20261122T13", [TWO]),
        ("live", [ONE, TWO]),
        ("00fe2262ae8fb354", [ONE]),
        ("7d61173116e82509" + "0" * 48, [TWO]),
        ("7d61173116e8250", []),
        ("", []),
        ("promotion", []),
    ],
)
def test_what_is_meant(asked: str, expected: list[str]) -> None:
    assert meant(asked, IDS) == expected


def test_a_whole_name_is_not_the_start_of_another() -> None:
    assert meant(ONE, [f"{ONE}-old", ONE]) == [ONE]


@pytest.mark.parametrize("asked", [ONE, "0" * 16, "f" * 64])
def test_whole_names(asked: str) -> None:
    assert is_whole(asked)


@pytest.mark.parametrize("asked", ["live", "0" * 15, "0" * 63, "G" * 16, f"{ONE}0", ""])
def test_parts_and_others(asked: str) -> None:
    assert not is_whole(asked)
