"""Reservations: quota is taken before it is used, and settled once with what was used."""

from attrs import evolve, frozen

from syntropism.domain.errors import InsufficientCredits, Invalid


@frozen(slots=True)
class Meter:
    """A quota of some unit (model tokens, CPU milliseconds): ``used + reserved ≤ quota``."""

    quota: int
    used: int = 0
    reserved: int = 0

    @property
    def left(self) -> int:
        """What can still be reserved."""
        return self.quota - self.used - self.reserved

    def reserve(self, amount: int) -> "Meter":
        """Sets ``amount`` aside before the call.

        Raises:
            Invalid: a negative amount.
            InsufficientCredits: the quota of the bundle does not cover it (HTTP 402, final).
        """
        if amount < 0:
            raise Invalid("a reservation must not be negative", field="amount")
        if amount > self.left:
            raise InsufficientCredits(
                f"{self.left} left of the bundle's quota, {amount} are needed",
                left=self.left,
                needed=amount,
            )
        return evolve(self, reserved=self.reserved + amount)

    def settle(self, reserved: int, used: int) -> "Meter":
        """Ends a reservation with what was used; what was used beyond it still counts."""
        assert 0 <= reserved <= self.reserved and used >= 0, (self, reserved, used)
        return evolve(self, reserved=self.reserved - reserved, used=self.used + used)
