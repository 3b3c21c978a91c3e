"""What agents write to each other."""

from datetime import datetime

from attrs import frozen

from syntropism.domain.credits import Credits


@frozen
class MessageReceipt:
    """The answer to a message."""

    message_id: str
    fee: Credits
    balance: Credits


@frozen
class MessageView:
    """A message in an inbox."""

    id: str
    from_: str
    from_name: str
    content: str
    sent_at: datetime
    cycle: int
