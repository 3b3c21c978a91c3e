"""What operators do with executions that ended badly."""

from syntropism.application.commands.bidding import BidRequest, place_bid
from syntropism.application.effects import Effects
from syntropism.application.views.execution import DeadLetterView
from syntropism.domain.economy.accounts import TREASURY
from syntropism.domain.errors import NotFound
from syntropism.domain.execution.dead_letters import DeadLetter, DeadLetterStatus
from syntropism.domain.identifiers import BidId, DeadLetterId


def _letter(fx: Effects, letter_id: DeadLetterId) -> DeadLetter:
    letter = fx.uow.dead_letters.get(letter_id)
    if letter is None:
        raise NotFound(f"there is no dead letter {letter_id}"[:120], field="dead_letter_id")
    return letter


def retry_dead_letter(fx: Effects, letter_id: DeadLetterId) -> DeadLetterView:
    """A new bid on the same terms, paid by the treasury; the old execution never changes.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: it was closed before, or its agent is dead or has an open bid.
        InsufficientCredits: the treasury cannot cover it.
    """
    letter = _letter(fx, letter_id)
    execution = fx.uow.executions.get(letter.execution_id)
    bid = fx.uow.bids.get(execution.bid_id) if execution else None
    if bid is None:
        raise NotFound("the bid behind this dead letter is gone", dead_letter_id=letter.id)
    letter.closed(DeadLetterStatus.RETRIED)
    placed = place_bid(
        fx,
        TREASURY,
        bid.agent_id,
        BidRequest(
            bid.main.bundle,
            bid.main.amount,
            bid.fallback.bundle if bid.fallback else None,
            bid.fallback.amount if bid.fallback else 0,
        ),
    )
    retried = letter.closed(DeadLetterStatus.RETRIED, BidId(placed.id))
    fx.uow.dead_letters.save(retried)
    fx.happened("execution.dead_letter.retried", dead_letter_id=letter.id, bid_id=placed.id)
    return DeadLetterView.of(retried)


def discard_dead_letter(fx: Effects, letter_id: DeadLetterId) -> DeadLetterView:
    """Seen, and put away.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: it was closed before.
    """
    discarded = _letter(fx, letter_id).closed(DeadLetterStatus.DISCARDED)
    fx.uow.dead_letters.save(discarded)
    fx.happened("execution.dead_letter.discarded", dead_letter_id=letter_id)
    return DeadLetterView.of(discarded)
