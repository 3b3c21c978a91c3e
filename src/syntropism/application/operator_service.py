"""The operator side: what the human who runs an economy can see and do."""

from attrs import frozen

from syntropism.application.operators.attention import OperatedAttention
from syntropism.application.operators.economy import OperatedEconomy
from syntropism.application.operators.execution import OperatedExecution
from syntropism.application.operators.population import OperatedPopulation
from syntropism.application.operators.tokens import OperatorTokens


@frozen(slots=True)
class OperatorService(
    OperatorTokens, OperatedPopulation, OperatedExecution, OperatedAttention, OperatedEconomy
):
    """Every method takes who asks; those that change something need a role."""
