"""Curves of a demo."""

from syntropism.entrypoints.cli.stage import curve


def test_a_curve_rises_from_its_least_to_its_greatest() -> None:
    assert curve([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert curve([7, 0]) == "█▁"


def test_what_does_not_move_is_flat() -> None:
    assert curve([3.0, 3.0, 3.0]) == "▁▁▁"


def test_only_the_latest_are_shown() -> None:
    assert len(curve(list(range(1_000)))) == 40
