"""An economy in plain dicts: the rules of DESIGN written a second time, as simply as possible.

It shares no code with the application beyond names, so that the two can be compared.
"""

from syntropism.testing.model.books import OK
from syntropism.testing.model.cycles import Model

__all__ = ["OK", "Model"]
