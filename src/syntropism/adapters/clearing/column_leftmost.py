"""Finding, for many limits at once, the first vector that lies within them
(``LeftmostWithin`` of the domain, in columns)."""

from typing import Final

import numpy as np

from syntropism.adapters.clearing.columns import Column, Indices

_DIRECT: Final = 32
"""So many vectors are compared with all limits before the tree is asked."""

_BLOCK: Final = 64
"""Vectors under one leaf of the tree."""

_TOGETHER: Final = 4_096
"""Searches that look into their blocks at the same time."""


def leftmost(vectors: Column, starts: Indices, limits: Column) -> Indices:
    """For each search the first vector from its start on that exceeds no limit, or −1.

    A row of ``vectors`` and ``limits`` is one component. Most searches end at the first few
    vectors; the others skip whole runs in which some component is everywhere too large.
    """
    found = np.full(len(starts), -1, np.int64)
    count = vectors.shape[1]
    waiting = np.arange(len(starts))
    for i in range(min(_DIRECT, count)):
        hit = starts[waiting] <= i
        for row, limit in zip(vectors, limits, strict=True):
            hit &= row[i] <= limit[waiting]
        found[waiting[hit]] = i
        waiting = waiting[~hit]
    waiting = waiting[starts[waiting] < count]
    if len(waiting) and count > _DIRECT:
        heap = _minima(vectors)
        for first in range(0, len(waiting), _TOGETHER):
            some = waiting[first : first + _TOGETHER]
            begin = np.maximum(starts[some], _DIRECT)
            found[some] = _searched(vectors, heap, begin, limits[:, some])
    return found


def _minima(vectors: Column) -> Column:
    """A heap of componentwise minima over blocks; node 1 is the root, leaves are its latter
    half."""
    least = np.minimum.reduceat(vectors, np.arange(0, vectors.shape[1], _BLOCK), axis=1)
    leaves = 1 << max(0, least.shape[1] - 1).bit_length()
    heap = np.full((len(vectors), 2 * leaves), np.iinfo(np.int64).max, np.int64)
    heap[:, leaves : leaves + least.shape[1]] = least
    level = leaves
    while level > 1:
        children = heap[:, level : 2 * level]
        level //= 2
        heap[:, level : 2 * level] = np.minimum(children[:, ::2], children[:, 1::2])
    return heap


def _searched(vectors: Column, heap: Column, starts: Indices, limits: Column) -> Indices:
    count = vectors.shape[1]
    found = np.full(len(starts), -1, np.int64)
    active, blocks = np.arange(len(starts)), starts // _BLOCK
    while len(active):
        blocks = _climbed(heap, blocks, limits[:, active])
        active, blocks = active[blocks >= 0], blocks[blocks >= 0]
        places = blocks[:, None] * _BLOCK + np.arange(_BLOCK)
        within = (places >= starts[active, None]) & (places < count)
        places = np.minimum(places, count - 1)
        for row, limit in zip(vectors, limits[:, active], strict=True):
            within &= row[places] <= limit[:, None]
        first = within.argmax(axis=1)
        hit = within[np.arange(len(active)), first]
        found[active[hit]] = places[hit, first[hit]]
        active, blocks = active[~hit], blocks[~hit] + 1
    return found


def _climbed(heap: Column, blocks: Indices, limits: Column) -> Indices:
    """The first block from ``blocks`` on that may hold such a vector, or −1."""
    leaves = heap.shape[1] // 2
    found = np.full(len(blocks), -1, np.int64)
    active = np.flatnonzero(blocks < leaves)
    nodes = blocks[active] + leaves
    while len(active):
        within = (heap[:, nodes] <= limits[:, active]).all(axis=0)
        ended = within & (nodes >= leaves)
        found[active[ended]] = nodes[ended] - leaves
        # Down where there may be something; else up while it is a right child, and aside.
        up = ~within
        rising = nodes[up]
        rising >>= _trailing_ones(rising)
        nodes[within] *= 2
        nodes[up] = rising + 1
        keep = ~ended
        keep[up] = rising > 0
        active, nodes = active[keep], nodes[keep]
    return found


def _trailing_ones(nodes: Indices) -> Indices:
    ones = nodes & ~(nodes + 1)
    counted: Indices = np.log2(ones + 1).astype(np.int64)  # exact for powers of two
    return counted
