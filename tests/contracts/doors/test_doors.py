"""Every door keeps the one contract: over HTTP and NATS with the SDK's own clients, and in
process."""

from collections.abc import Iterator

import pytest
from tests.contracts.doors.suite import DoorContract, Doors, Transport
from tests.integration.rest.world import World
from tests.servers.nats import NatsServer

from syntropism.adapters.inprocess.door import InProcessDoor
from syntropism.adapters.rest.server import RunningServer, serve_in_thread
from syntropism.agent_sdk.syntropism_sdk import HttpTransport, NatsTransport


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


class TestOverNats(DoorContract):
    @pytest.fixture
    def doors(self, nats_server: NatsServer) -> Iterator[Doors]:
        from syntropism.adapters.nats.door import Door
        from syntropism.adapters.nats.link import Link

        opened: dict[int, tuple[Link, Door]] = {}
        clients: list[NatsTransport] = []

        def open_door(world: World, agent_id: str) -> Transport:
            if id(world) not in opened:
                link = Link(nats_server.url, "door")
                link.open()
                door = Door(link, world.app, world.tokens, world.clock.now, private_inboxes=True)
                door.open()
                opened[id(world)] = link, door
            execution = world.identity(agent_id).execution_id
            token = world.token(agent_id)
            clients.append(NatsTransport(nats_server.url, token, execution, attempts_max=1))
            return clients[-1]

        yield open_door
        for client in clients:
            client.close()
        for link, door in opened.values():
            door.close()
            link.close()


class TestInProcess(DoorContract):
    @pytest.fixture
    def doors(self) -> Doors:
        return lambda world, agent_id: InProcessDoor(world.service, world.identity(agent_id))
