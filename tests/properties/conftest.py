"""What holds for every property test."""

from hypothesis import settings

# How long an example takes says more about a shared machine than about the code.
settings.register_profile("syntropism", deadline=None)
settings.load_profile("syntropism")
