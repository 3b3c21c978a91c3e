"""Clearing one instance in columns: order, walk down, find what each winner pays."""

import numpy as np
from attrs import frozen

from syntropism.adapters.clearing.column_order import order
from syntropism.adapters.clearing.column_payments import critical
from syntropism.adapters.clearing.column_walk import accepted
from syntropism.adapters.clearing.columns import Column, Columns, Indices


@frozen(slots=True, eq=False)
class ColumnSolution:
    """``winners`` are indices in the order of acceptance; ``payments`` are theirs."""

    winners: Indices
    payments: Column
    ranking: Indices


def cleared(columns: Columns, costs: Column, payment: str) -> ColumnSolution:
    """Who wins by the weighted amounts b·f/s, ``costs`` being the s, and what they pay.

    Raises:
        DoesNotFit: a product is too large for 64 bits.
    """
    ranking = order(columns, costs)
    rates = np.take(columns.rates, ranking, axis=1)
    taken = accepted(rates, columns.free)
    winners = ranking[taken]
    if payment == "critical":
        payments = critical(columns, costs, ranking, taken, rates)
        return ColumnSolution(winners, payments, ranking)
    return ColumnSolution(winners, columns.amounts[winners], ranking)


def fixed_costs(columns: Columns, clearing: str) -> Column:
    """The s of a strategy whose ranking is fixed before the bids are known."""
    return columns.costs if clearing == "posted_density" else np.ones(columns.count, np.int64)
