"""The ways in which one call can go wrong, within the contract of its port."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from attrs import frozen

BEFORE: Final = "before"
"""The call fails, and nothing was done."""
AFTER: Final = "after"
"""The work is done, and its answer is lost."""


@frozen(slots=True)
class Call:
    """One call on its way to the port: ``go`` carries it out, with these arguments or others."""

    go: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    random: Random

    def done(self) -> Any:
        """What carrying it out gives."""
        return self.go(*self.arguments, **self.named)


@frozen(slots=True)
class Fault:
    """``sign`` says what happens, in a few words; ``error`` what is raised (``None``: the call
    answers, but not as usual)."""

    sign: str
    happen: Callable[[Call], Any]
    error: type[Exception] | None = None


def fails(error: type[Exception], message: str, *when: str) -> tuple[Fault, ...]:
    """The call raises ``error``: ``BEFORE`` anything was done (unless given otherwise), or
    ``AFTER`` everything was."""

    def before(_: Call) -> Any:
        raise error(message)

    def after(call: Call) -> Any:
        call.done()
        raise error(message)

    how = {BEFORE: before, AFTER: after}
    return tuple(
        Fault(f"raises {error.__name__} {one}", how[one], error) for one in when or (BEFORE,)
    )


def fails_midway(error: type[Exception], message: str) -> tuple[Fault, ...]:
    """The call, whose first argument is a sequence, is carried out for some of its first
    elements, and raises."""

    def midway(call: Call) -> Any:
        several: Sequence[Any] = call.arguments[0]
        some = several[: call.random.randrange(len(several) + 1)]
        call.go(some, *call.arguments[1:], **call.named)
        raise error(message)

    return (Fault(f"raises {error.__name__} midway", midway, error),)


def answers(sign: str, change: Callable[[Any, Random], Any]) -> tuple[Fault, ...]:
    """The call is carried out, and its answer changed."""
    return (Fault(sign, lambda call: change(call.done(), call.random)),)


def ignored(sign: str, answer: Any = None) -> tuple[Fault, ...]:
    """The call is not carried out, and nobody is told."""
    return (Fault(sign, lambda _: answer),)
