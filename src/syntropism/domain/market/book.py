"""The order book of one round: its bids in columns.

A round reads a hundred thousand bids and changes few of them, so the store hands over columns of
64-bit integers, which engines take as they are; a bid is made when somebody looks at it.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from attrs import evolve, frozen

from syntropism.domain.identifiers import AgentId
from syntropism.domain.market.bids import Offer
from syntropism.domain.market.resources import BUNDLE_QUANTITIES, Bundle
from syntropism.domain.market.rounds import AuctionBid

Column: TypeAlias = "array[int]"

NOTHING_FURTHER: Final[Mapping[int, tuple[tuple[str, int], ...]]] = MappingProxyType({})
_ATTENTION = BUNDLE_QUANTITIES.index("attention_share")


def column(values: Iterable[int]) -> Column:
    """A column of ``values``.

    Raises:
        OverflowError: one of them needs more than 64 bits.
    """
    return array("q", values)


@frozen(slots=True, eq=False)
class Offers:
    """The main offers of a book, or its fallbacks; columns of equal length.

    ``places`` says whose they are: places in the book, rising. ``quantities`` are the bundles, a
    column per name in ``BUNDLE_QUANTITIES``; ``amounts`` and ``reserves`` are micro-credits.
    """

    places: Column
    quantities: tuple[Column, ...]
    amounts: Column
    reserves: Column
    further: Mapping[int, tuple[tuple[str, int], ...]] = NOTHING_FURTHER
    """What the bundles at some places ask for beyond the four, as ``Bundle.further``."""

    @classmethod
    def of(cls, offers: Iterable[tuple[int, Offer]]) -> "Offers":
        """The columns of ``offers``, each with its place."""
        pairs = list(offers)
        rows = [(place, *one.bundle.quantities, one.amount, one.reserve) for place, one in pairs]
        cells = zip(*rows, strict=True) if rows else [()] * (len(BUNDLE_QUANTITIES) + 3)
        places, *quantities, amounts, reserves = map(column, cells)
        further = {place: one.bundle.further for place, one in pairs if one.bundle.further}
        return cls(places, tuple(quantities), amounts, reserves, further)

    def quantities_of(self, name: str) -> list[int]:
        """How much each of them asks for of one further resource, in milli-units."""
        named = {place: dict(pairs).get(name, 0) for place, pairs in self.further.items()}
        return [named.get(place, 0) for place in self.places]

    def wanting_attention(self) -> list[int]:
        """The places of those that hold attention."""
        return list(compress(self.places, self.quantities[_ATTENTION]))

    def without(self, resting: Collection[int]) -> "Offers":
        """Without those at the places ``resting`` that hold attention."""
        return self._only(
            not share or place not in resting
            for place, share in zip(self.places, self.quantities[_ATTENTION], strict=True)
        )

    def except_at(self, places: Collection[int]) -> "Offers":
        """Without those at ``places``."""
        return self._only(place not in places for place in self.places) if places else self

    def bundle_at(self, place: int) -> Bundle:
        """The bundle of the offer at ``place``, which must be there."""
        row = bisect_left(self.places, place)
        assert self.places[row] == place, place
        cpu_ms, memory, duration, tokens, attention = (one[row] for one in self.quantities)
        further = self.further.get(place, ())
        return Bundle.of_milli(cpu_ms, memory, duration, tokens, attention, further)

    def _only(self, wanted: Iterable[bool]) -> "Offers":
        kept = list(wanted)
        left = [column(compress(one, kept)) for one in (self.places, *self.quantities)]
        amounts, reserves = (column(compress(one, kept)) for one in (self.amounts, self.reserves))
        return Offers(left[0], tuple(left[1:]), amounts, reserves, self.further)

    def __iter__(self) -> Iterator[tuple[int, Offer]]:
        further = (self.further.get(place, ()) for place in self.places)
        bundles = map(Bundle.of_milli, *self.quantities, further)
        return zip(self.places, map(Offer, bundles, self.amounts, self.reserves), strict=True)


@frozen(slots=True, eq=False)
class Book:
    """The bids of a round in order of submission, as columns of equal length; iterating makes
    the bids. A bid without a main offer rests: it is ineligible in this round."""

    ids: Sequence[str]
    agents: Sequence[AgentId]
    ages: Column
    sequences: Column
    mains: Offers
    fallbacks: Offers

    @classmethod
    def of(cls, bids: Iterable[tuple[AgentId, AuctionBid]]) -> "Book":
        """The book of bids, each with its agent."""
        ordered = sorted(bids, key=lambda one: (one[1].sequence, one[1].id))
        return cls(
            [bid.id for _, bid in ordered],
            [agent for agent, _ in ordered],
            column(bid.age for _, bid in ordered),
            column(bid.sequence for _, bid in ordered),
            Offers.of((i, bid.main) for i, (_, bid) in enumerate(ordered) if bid.main),
            Offers.of((i, bid.fallback) for i, (_, bid) in enumerate(ordered) if bid.fallback),
        )

    def wanting_attention(self) -> list[AgentId]:
        """The agents with an offer that holds attention."""
        places = {*self.mains.wanting_attention(), *self.fallbacks.wanting_attention()}
        return [self.agents[place] for place in sorted(places)]

    def resting(self, agents: Collection[AgentId]) -> "Book":
        """With no offer of ``agents`` that holds attention."""
        if not agents:
            return self
        places = {place for place, agent in enumerate(self.agents) if agent in agents}
        return evolve(
            self, mains=self.mains.without(places), fallbacks=self.fallbacks.without(places)
        )

    def narrowed(self, mains: Collection[int], fallbacks: Collection[int]) -> "Book":
        """Without the main offers and the fallbacks at these places."""
        return evolve(
            self, mains=self.mains.except_at(mains), fallbacks=self.fallbacks.except_at(fallbacks)
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[AuctionBid]:
        mains: dict[int, Any] = dict(self.mains)
        fallbacks: dict[int, Any] = dict(self.fallbacks)
        for place, (bid_id, age, sequence) in enumerate(
            zip(self.ids, self.ages, self.sequences, strict=True)
        ):
            yield AuctionBid(bid_id, mains.get(place), fallbacks.get(place), age, sequence)
