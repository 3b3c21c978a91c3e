"""Every door keeps the one contract: over HTTP with the SDK's own client, and in process."""

from collections.abc import Iterator

import pytest
from tests.contracts.doors.suite import DoorContract, Doors, Transport
from tests.integration.rest.world import World

from syntropism.adapters.inprocess.door import InProcessDoor
from syntropism.adapters.rest.server import RunningServer, serve_in_thread
from syntropism.agent_sdk.syntropism_sdk import HttpTransport


class TestOverHttp(DoorContract):
    @pytest.fixture
    def doors(self) -> Iterator[Doors]:
        servers: dict[int, RunningServer] = {}
        clients: list[HttpTransport] = []

        def open_door(world: World, agent_id: str) -> Transport:
            server = servers.get(id(world)) or serve_in_thread(world.app)
            servers[id(world)] = server
            clients.append(
                HttpTransport(f"{server.address}/api/v1", world.token(agent_id), attempts_max=1)
            )
            return clients[-1]

        yield open_door
        for client in clients:
            client.close()
        for server in servers.values():
            server.stop()


class TestInProcess(DoorContract):
    @pytest.fixture
    def doors(self) -> Doors:
        return lambda world, agent_id: InProcessDoor(world.service, world.identity(agent_id))
