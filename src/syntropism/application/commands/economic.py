"""Moving credits between agents."""

from syntropism.application.effects import Effects
from syntropism.application.views.economy import TransferReceipt
from syntropism.domain.credits import Credits
from syntropism.domain.economy.accounts import agent_account
from syntropism.domain.economy.transfers import TransferKind, require_transferable
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.identifiers import AgentId

MEMO_MAX = 200


def transfer(
    fx: Effects, sender: AgentId, to: AgentId, amount: int, memo: str = ""
) -> TransferReceipt:
    """``amount`` micro-credits from ``sender`` to the living agent ``to``.

    Raises:
        Invalid: not positive, to oneself, or an overlong memo.
        NotFound: there is no such receiver.
        Conflict: the receiver is dead.
        InsufficientCredits: the sender cannot cover it.
    """
    debit, credit = agent_account(sender), agent_account(to)
    require_transferable(debit, credit, amount)
    if len(memo) > MEMO_MAX or "\x00" in memo:
        raise Invalid(f"memo must be at most {MEMO_MAX} characters, without NUL", field="memo")
    receiver = fx.uow.agents.lock([sender, to]).get(to)
    if receiver is None:
        raise NotFound(f"there is no agent {to}"[:120], field="to")
    receiver.require_living("to")
    moved = fx.move(debit, credit, amount, TransferKind.TRANSFER, memo=memo)
    assert moved is not None
    fx.happened("economy.credits.transferred", sender=sender, to=to, amount_micro=amount, memo=memo)
    balance = fx.uow.ledger.balances([debit])[debit]
    return TransferReceipt(moved.id, to, Credits(amount), Credits(balance))
