"""One type per identifier, so that a bid id is never passed where an agent id is meant."""

from typing import NewType

AgentId = NewType("AgentId", str)
AccountId = NewType("AccountId", str)
"""An agent's id, a hold's id, or the name of a system account."""
TransferId = NewType("TransferId", str)
HoldId = NewType("HoldId", str)
BidId = NewType("BidId", str)
ExecutionId = NewType("ExecutionId", str)
PromptId = NewType("PromptId", str)
ResponseId = NewType("ResponseId", str)
MessageId = NewType("MessageId", str)
EventId = NewType("EventId", str)
DeadLetterId = NewType("DeadLetterId", str)
OperatorId = NewType("OperatorId", str)
WorkerId = NewType("WorkerId", str)
