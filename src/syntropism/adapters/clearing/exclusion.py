"""Candidates of which a resource has room for one at a time, as in combinatorial auctions: who
excludes whom, and *cliques*, of which at most one wins.

A resource is a clique already; with all others that each of its members excludes, it is a larger
one, which says more (Padberg: *On the facial structure of set packing polyhedra*, 1973).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from syntropism.adapters.clearing.columns import Indices
from syntropism.adapters.clearing.programme import Floats, Mask, Programme

CANDIDATES_MAX: Final = 3_000
"""Who excludes whom is a square of so many rows."""


def excluded(programme: Programme) -> Mask | None:
    """Who excludes whom: symmetrical, nobody itself. ``None`` where some resource has room for
    two who want it, or where there are too many candidates."""
    if programme.whole is None or not 0 < programme.count <= CANDIDATES_MAX:
        return None
    rates, free = programme.whole, np.array(programme.capacity, np.int64)
    wanted = rates > 0
    least = np.where(wanted, rates, np.iinfo(np.int64).max).min(axis=0)
    if (least <= free // 2).any():
        return None
    conflicts = np.zeros((programme.count, programme.count), bool)
    for resource in np.flatnonzero(wanted.sum(axis=0) > 1):
        members = np.flatnonzero(wanted[:, resource])
        conflicts[np.ix_(members, members)] = True
    np.fill_diagonal(conflicts, False)
    return conflicts


def cliques(programme: Programme, conflicts: Mask) -> list[Indices]:
    """Maximal cliques that say all that the resources say; everybody is in one of them."""
    order = np.argsort(-conflicts.sum(axis=1), kind="stable")
    found: dict[bytes, Indices] = {}
    wanted = programme.rates > 0
    for resource in np.flatnonzero(wanted.sum(axis=0) > 1):
        clique = grown(np.flatnonzero(wanted[:, resource]), conflicts, order)
        found[clique.tobytes()] = clique
    alone = np.ones(programme.count, bool)
    for clique in found.values():
        alone[clique] = False
    return [*found.values(), *np.flatnonzero(alone)[:, None]]


def grown(clique: Sequence[int] | Indices, conflicts: Mask, order: Indices) -> Indices:
    """``clique`` with whoever can join it, asked in this ``order``; sorted."""
    members = list(clique)
    able: Mask = np.asarray(conflicts[members].all(axis=0))
    for one in order[able[order]].tolist():
        if able[one]:
            members.append(one)
            able &= conflicts[one]
    return np.sort(np.array(members, np.int64))


def violated(fractions: Floats, conflicts: Mask, most: int) -> list[Indices]:
    """Up to ``most`` maximal cliques of whom ``fractions`` take more than one, most first."""
    some = np.flatnonzero(fractions > 1e-6)
    some = some[np.argsort(-fractions[some], kind="stable")]
    inside = conflicts[np.ix_(some, some)]
    shares = fractions[some].tolist()
    found: dict[bytes, tuple[float, list[int]]] = {}
    for first in range(len(some)):
        able, members, taken = inside[first].copy(), [first], shares[first]
        while able.any():
            one = int(able.argmax())
            members.append(one)
            taken += shares[one]
            able &= inside[one]
        if taken > 1.001:
            found[np.sort(np.array(members)).tobytes()] = taken, members
    worst = sorted(found.values(), key=lambda one: -one[0])[:most]
    # Those taken in part join first, then those who exclude many.
    order = np.argsort(-fractions - 1e-3 * conflicts.mean(axis=1), kind="stable")
    return [grown(some[members], conflicts, order) for _, members in worst]
