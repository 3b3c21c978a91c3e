"""Read models: what callers see of the economy. Frozen; money is :class:`Credits`."""
