import pytest

from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Candidate, Instance


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("reserve", {"reserve": -1}),
        ("amount", {"reserve": 11}),
        ("cost", {"cost": 0}),
        ("age", {"age": -1}),
        ("rates", {"rates": (1, -1)}),
    ],
)
def test_a_candidate_out_of_range_is_refused_by_field(field, values):
    with pytest.raises(Invalid) as refusal:
        Candidate(**({"id": "a", "amount": 10, "reserve": 0, "cost": 1, "rates": (1,)} | values))
    assert refusal.value.details["field"] == field


def test_an_instance_out_of_range_is_refused_by_field():
    one = Candidate("a", 10, 0, 1, (1, 1))
    for field, arguments in (
        ("ageing_permille", ((one,), (1, 1), -1)),
        ("free", ((one,), (1, -1))),
        ("rates", ((one,), (1, 1, 1))),
        ("id", ((one, one), (1, 1))),
    ):
        with pytest.raises(Invalid) as refusal:
            Instance(*arguments)
        assert refusal.value.details["field"] == field
