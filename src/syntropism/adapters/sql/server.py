"""How one works with a database server: bounds on connections and on waiting."""

from attrs import field, frozen, validators

_positive = validators.ge(1)


@frozen(slots=True, kw_only=True)
class ServerOptions:
    """``connections_max`` connections per process; who needs another one waits for at most
    ``wait_ms``. A statement may run for ``statement_ms`` and wait for locks for ``lock_ms``; a
    transaction that says nothing for ``idle_ms`` (its process was stopped) is rolled back, so
    that nobody waits for it for ever. ``connect_ms`` bounds connecting, and ``clock_skew_ms`` how
    far the clock of this machine may be from the server's. All in milliseconds."""

    connections_max: int = field(default=10, validator=_positive)
    wait_ms: int = field(default=30_000, validator=_positive)
    statement_ms: int = field(default=60_000, validator=_positive)
    lock_ms: int = field(default=20_000, validator=_positive)
    idle_ms: int = field(default=30_000, validator=_positive)
    connect_ms: int = field(default=10_000, validator=_positive)
    clock_skew_ms: int = field(default=2_000, validator=_positive)

    @property
    def command_line(self) -> str:
        """The same as the server takes them with a new connection."""
        settings = {
            "statement_timeout": self.statement_ms,
            "lock_timeout": self.lock_ms,
            "idle_in_transaction_session_timeout": self.idle_ms,
            "timezone": "UTC",
            "jit": "off",
            # Lists are parameters: without this every statement with one is planned each time,
            # which takes longer than to run it.
            "plan_cache_mode": "force_generic_plan",
        }
        return " ".join(f"-c {name}={value}" for name, value in settings.items())
