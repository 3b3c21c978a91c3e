"""A deterministic simulation of many machines, their faults included; see :func:`simulate`.

``python -m syntropism.testing.simulation --seeds 2000`` runs it from the command line.
"""

from syntropism.testing.simulation.world import Report, simulate

__all__ = ["Report", "simulate"]
