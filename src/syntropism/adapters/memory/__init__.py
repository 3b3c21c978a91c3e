"""Every port in memory: real code, used by tests, simulations and ``Economy.in_memory``."""
