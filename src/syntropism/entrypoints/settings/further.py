"""The settings of resources beyond the four: their names are free, what they say is not.

``resources.gpu_seconds.capacity`` is written ``capacity`` under ``[resources.gpu_seconds]``, or
``SYNTROPISM_RESOURCES_GPU_SECONDS_CAPACITY``.
"""

import re
from typing import Final

from syntropism.entrypoints.settings.categories import FurtherResourceSettings

CATEGORY: Final = "resources"
EXAMPLE: Final = "<name>"
"""Stands for a name where the settings that there are are listed."""

FIELDS: Final = FurtherResourceSettings.model_fields
_KEY: Final = re.compile(rf"{CATEGORY}\.[a-z][a-z0-9_]{{0,31}}\.({'|'.join(FIELDS)})")


def is_key(key: str) -> bool:
    """Whether ``key`` is a setting of some further resource."""
    return _KEY.fullmatch(key) is not None


def likely_keys(key: str) -> list[str]:
    """What somebody who wrote ``key`` may have meant."""
    category, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    return [f"{CATEGORY}.{name}.{field}" for field in FIELDS] if category == CATEGORY else []


def key_of_variable(name: str, prefix: str) -> str | None:
    """The key behind the environment variable ``name``, if it is one of a further resource."""
    begin = f"{prefix}{CATEGORY.upper()}_"
    if not name.startswith(begin):
        return None
    for field in FIELDS:
        resource = name.removeprefix(begin).removesuffix(f"_{field.upper()}").lower()
        key = f"{CATEGORY}.{resource}.{field}"
        if name.endswith(f"_{field.upper()}") and is_key(key):
            return key
    return None
