"""Windows for agents that are Python callables: for simulations and tests."""
