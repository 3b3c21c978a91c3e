"""Messages between agents, each for a fee that is burned."""

from syntropism.application.effects import Effects
from syntropism.application.views.execution import Recorded
from syntropism.application.views.social import MessageReceipt
from syntropism.domain.credits import Credits
from syntropism.domain.economy.accounts import BURN, agent_account
from syntropism.domain.economy.transfers import TransferKind
from syntropism.domain.errors import Invalid, NotFound
from syntropism.domain.execution.executions import Execution
from syntropism.domain.identifiers import AgentId, MessageId
from syntropism.domain.social.messages import Message, require_content

TRACE_MAX = 8_000


def send_message(fx: Effects, sender: AgentId, to: AgentId, content: object) -> MessageReceipt:
    """Writes to a living agent.

    Raises:
        Invalid: bad content, or to oneself.
        NotFound: there is no such agent.
        Conflict: it is dead.
        InsufficientCredits: the sender cannot cover the fee.
    """
    text = require_content(content)
    if sender == to:
        raise Invalid("cannot write to oneself", field="to")
    recipient = fx.uow.agents.lock([sender, to]).get(to)
    if recipient is None:
        raise NotFound(f"there is no agent {to}"[:120], field="to")
    recipient.require_living("to")
    account, fee = agent_account(sender), fx.parameters.message_fee
    message = Message(MessageId(fx.new_id()), sender, to, text, fx.now, fx.cycle)
    fx.move(account, BURN, fee, TransferKind.MESSAGE_FEE, message.id)
    fx.uow.messages.add(message)
    fx.happened("social.message.sent", message_id=message.id, sender=sender, to=to)
    balance = fx.uow.ledger.balances([account])[account]
    return MessageReceipt(message.id, Credits(fee), Credits(balance))


def trace_reasoning(fx: Effects, execution: Execution, text: object) -> Recorded:
    """Records why an agent did what it did.

    Raises:
        Invalid: not text, blank, too long, or with a NUL character.
    """
    if not isinstance(text, str) or not text.strip():
        raise Invalid("text must not be empty", field="text")
    if len(text) > TRACE_MAX or "\x00" in text:
        raise Invalid(f"text must be at most {TRACE_MAX} characters, without NUL", field="text")
    fx.happened(
        "agent.reasoning.traced",
        agent_id=execution.agent_id,
        execution_id=execution.id,
        text=text,
    )
    return Recorded()
