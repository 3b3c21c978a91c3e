"""Cold start: an economy is founded once, however often it is started or interrupted."""

from syntropism.application.commands.spawning import BirthRequest, create_agent
from syntropism.application.effects import Effects
from syntropism.domain.economy.accounts import MINT_GENESIS, TREASURY
from syntropism.domain.economy.transfers import TransferKind


def found_economy(fx: Effects, genesis: BirthRequest | None) -> bool:
    """Seeds the posted prices and the treasury, and creates genesis with its endowment,
    workspace and first bid if ``genesis`` is given. Tells whether there was anything to do."""
    if fx.uow.market.prices() is not None:
        return False
    parameters = fx.parameters
    fx.uow.market.save(
        0, parameters.resources, parameters.initial_prices, parameters.capacity_rates
    )
    fx.uow.ledger.open_account(TREASURY)
    fx.move(MINT_GENESIS, TREASURY, parameters.treasury_endowment, TransferKind.ENDOWMENT, TREASURY)
    if genesis is not None:
        create_agent(fx, genesis)
    return True
