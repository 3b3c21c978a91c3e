from syntropism.domain.credits import Credits


def test_credits_equal_plain_numbers_of_credits() -> None:
    assert Credits(5_000_000) == 5
    assert Credits(1_500_000) == 1.5
    assert Credits(5_000_000) != 4
    assert Credits(5_000_000) != "5"
    assert hash(Credits(5_000_000)) == hash(5)
