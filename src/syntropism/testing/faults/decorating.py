"""Decorators of ports: the same protocol, whose calls can go wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Final, Generic, Protocol, TypeVar

from syntropism.testing.faults.kinds import Call, Fault
from syntropism.testing.faults.plan import Faults

P = TypeVar("P")

_SPECIAL: Final = ("__call__", "__enter__", "__exit__")


def members_of(protocol: type) -> dict[str, Any]:
    """What a port consists of, by name: its methods and properties, those included of the ports
    that it is more than."""
    ports = [one for one in protocol.__mro__ if one not in (Protocol, Generic, object)]
    return {
        name: member
        for port in reversed(ports)
        for name, member in vars(port).items()
        if (name in _SPECIAL or not name.startswith("_"))
        and (callable(member) or isinstance(member, property))
    }


class Decorator(Generic[P]):
    """Calling it with something that fulfils ``protocol`` gives the same, with faults.

    ``table`` says for each method how it can go wrong within its contract: an empty tuple where
    it cannot. ``gives`` decorates what a method answers, or what a property is: other ports.
    """

    def __init__(
        self,
        protocol: type[Any],
        table: Mapping[str, tuple[Fault, ...]],
        gives: Mapping[str, "Decorator[Any]"] | None = None,
    ) -> None:
        self.protocol = protocol
        self.table = dict(table)
        self.gives = dict(gives or {})
        namespace: dict[str, Any] = {"__slots__": ("_faults", "_inner")}
        for name, member in members_of(protocol).items():
            if isinstance(member, property):
                namespace[name] = _property(name, self.gives.get(name))
            else:
                named = {f"{protocol.__name__}.{name} {one.sign}": one for one in self.table[name]}
                namespace[name] = _method(name, member, named, self.gives.get(name))
        self._kind: type[Any] = type(f"Faulty{protocol.__name__}", (), namespace)

    def __call__(self, inner: P, faults: Faults) -> P:
        made: Any = self._kind()
        made._inner, made._faults = inner, faults
        decorated: P = made
        return decorated

    @property
    def faults(self) -> list[str]:
        """The names of all faults that it can inject."""
        return [
            f"{self.protocol.__name__}.{method} {one.sign}"
            for method, several in self.table.items()
            for one in several
        ]


def _method(
    name: str,
    told: Callable[..., Any],
    named_faults: dict[str, Fault],
    gives: Decorator[Any] | None,
) -> Callable[..., Any]:
    names = tuple(named_faults)

    @wraps(told)
    def asked(self: Any, *arguments: Any, **named: Any) -> Any:
        faults: Faults = self._faults
        faults.around()
        go = getattr(self._inner, name)
        fault = faults.one_of(names)
        if fault is None:
            answer = go(*arguments, **named)
        else:
            answer = named_faults[fault].happen(Call(go, arguments, named, faults.random))
        faults.around()
        if name == "__enter__" and answer is self._inner:
            return self
        return answer if gives is None else _given(answer, gives, faults)

    return asked


def _given(answer: Any, gives: Decorator[Any], faults: Faults) -> Any:
    members = members_of(gives.protocol)
    if isinstance(answer, AbstractContextManager) and "__enter__" not in members:
        return _entered(answer, gives, faults)
    return gives(answer, faults)


@contextmanager
def _entered(
    context: AbstractContextManager[Any], gives: Decorator[Any], faults: Faults
) -> Iterator[Any]:
    with context as inner:
        yield gives(inner, faults)


def _property(name: str, gives: Decorator[Any] | None) -> property:
    def found(self: Any) -> Any:
        value = getattr(self._inner, name)
        return value if gives is None else gives(value, self._faults)

    return property(found)
