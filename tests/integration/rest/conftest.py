"""Worlds behind the HTTP door."""

import pytest
from attrs import frozen
from tests.integration.rest.world import ADMIN, World


@frozen
class Town:
    """Ada and Bob live in a window of their own; Cyd is dead; Dan has a bid only."""

    world: World
    ada: str
    bob: str
    cyd: str
    dan: str
    token: str
    bobs_token: str
    admin: str = ADMIN


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def town(world: World) -> Town:
    ada = world.create("ada")
    bob = world.create("bob", attention=1)
    cyd = world.create("cyd")
    world.kill(cyd)
    world.round()
    dan = world.create("dan")
    return Town(world, ada, bob, cyd, dan, world.token(ada), world.token(bob))
