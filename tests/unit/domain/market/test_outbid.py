from syntropism.domain.market.candidates import Allocation, Candidate, Instance
from syntropism.domain.market.clearing import posted_density
from syntropism.domain.market.outbid import WinningAmounts

FIRST = Candidate("first", 90, 0, 10, (2,))
SECOND = Candidate("second", 80, 0, 10, (3,))
THIRD = Candidate("third", 70, 0, 10, (1,))


def amount_for(loser):
    instance = Instance((FIRST, SECOND, THIRD, loser), (6,))
    return WinningAmounts(instance, posted_density(instance)).amount_for(loser)


def test_a_loser_must_beat_the_first_winner_after_whom_there_is_no_room():
    # room before each winner: 6, 4, 1
    assert amount_for(Candidate("loser", 50, 0, 10, (1,), sequence=1)) == 71
    assert amount_for(Candidate("loser", 50, 0, 10, (2,), sequence=1)) == 81
    assert amount_for(Candidate("loser", 50, 0, 10, (4,), sequence=1)) == 81
    assert amount_for(Candidate("loser", 50, 0, 10, (5,), sequence=1)) == 91


def test_never_less_than_the_reserve_is_named():
    assert amount_for(Candidate("loser", 10, 10, 1, (1,))) == 10


def test_no_amount_wins_what_does_not_fit():
    assert amount_for(Candidate("loser", 50, 0, 10, (7,))) is None


def test_no_amount_is_named_without_a_ranking():
    instance = Instance((FIRST, THIRD), (2,))
    assert WinningAmounts(instance, Allocation((FIRST,), (0,))).amount_for(THIRD) is None
