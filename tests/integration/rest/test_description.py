"""Requests made up from the description of the API: none of them is an error of ours, and the
books balance afterwards."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.integration.rest.world import ADMIN, World

from syntropism.adapters.rest.rate_limit import RateLimit
from syntropism.application.operators.identity import LOCAL

EXAMPLES = 12
"""Per operation and side: the whole takes well under a minute."""


SCHEMA = schemathesis.openapi.from_dict(World().app.openapi())
# all but the stream of events, which has no end
OPERATIONS = [
    operation.ok() for operation in SCHEMA.exclude(path="/api/v1/events").get_all_operations()
]


@pytest.fixture(scope="module")
def town() -> World:
    world = World(RateLimit(burst=10**9, per_second=10**9))
    world.create("ada", credits=100_000, attention=1)
    world.create("bob")
    world.round()
    return world


@pytest.mark.parametrize("side", ["agent", "operator"])
@pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda one: f"{one.method.upper()} {one.path}"
)
def test_no_request_is_an_error_of_ours(
    operation: schemathesis.APIOperation, side: str, town: World
) -> None:
    ada = town.operators.agent(LOCAL, "ada")["id"]
    token = ADMIN if side == "operator" else town.token(ada)
    positive = operation.as_strategy()
    negative = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(positive, negative))
    def check(case: schemathesis.Case) -> None:
        response = case.call(
            app=town.app, base_url="http://town", headers={"Authorization": f"Bearer {token}"}
        )
        document = response.json()
        assert response.status_code < 500, document
        assert "meta" in document
        assert ("data" in document) == (response.status_code == 200)

    check()
    with town.store(read_only=True) as uow:
        balances = uow.ledger.all_balances()
    assert sum(balances.values()) == 0
