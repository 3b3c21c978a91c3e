"""The parts of the facade behind ``import syntropism``, by area."""
