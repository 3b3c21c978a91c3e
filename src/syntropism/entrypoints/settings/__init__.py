"""Settings: everything an operator can choose (DESIGN §7).

Flags > environment > ``syntropism.<profile>.toml`` > ``syntropism.toml`` > defaults.
"""

from syntropism.entrypoints.settings.describing import Description, describe, values
from syntropism.entrypoints.settings.layers import SettingsError
from syntropism.entrypoints.settings.loading import Loaded, load_settings
from syntropism.entrypoints.settings.schema import Settings

__all__ = [
    "Description",
    "Loaded",
    "Settings",
    "SettingsError",
    "describe",
    "load_settings",
    "values",
]
