"""What every command needs beside its unit of work: the numbers and new identifiers."""

from attrs import frozen

from syntropism.application.ports.clock import Ids
from syntropism.domain.economy.parameters import EconomicParameters


@frozen(slots=True)
class Rules:
    """The parameters of this economy, and where its identifiers come from."""

    parameters: EconomicParameters
    ids: Ids
