"""The machine's clock and time-ordered identifiers."""

import sys
import time
from datetime import UTC, datetime

if sys.version_info >= (3, 14):
    from uuid import uuid7
else:
    from uuid_utils import uuid7


class SystemClock:
    """Wall time of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class SystemIds:
    """UUIDv7s of this machine."""

    def new(self) -> str:
        return str(uuid7())

    def many(self, count: int) -> list[str]:
        return [str(uuid7()) for _ in range(count)]
