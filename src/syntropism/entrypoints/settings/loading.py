"""Settings from where they are written, by precedence."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import frozen
from pydantic import ValidationError

from syntropism.domain.market.presets import PRESETS
from syntropism.entrypoints.clearing import preset_names
from syntropism.entrypoints.settings import further
from syntropism.entrypoints.settings.describing import allowed, settings_fields
from syntropism.entrypoints.settings.layers import (
    SECRETS,
    Layer,
    SettingsError,
    environment_layer,
    file_layers,
    flags_layer,
    without_password,
)
from syntropism.entrypoints.settings.schema import Settings
from syntropism.strategies import names as strategy_names


@frozen(slots=True)
class Loaded:
    """The effective settings, and where each came from: ``default``, the name of a file,
    ``environment SYNTROPISM_…`` or ``command line``."""

    settings: Settings
    sources: Mapping[str, str]


def load_settings(
    folder: Path, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """The settings of the project in ``folder``: ``flags`` (by key, e.g. ``api.port``), then
    ``SYNTROPISM_*`` in ``environ``, then the profile's TOML, then ``syntropism.toml``, then
    defaults. Relative paths come back below ``folder``.

    Raises:
        SettingsError: an unknown key or variable, a bad value, an unreadable file, a secret in
            a file.
    """
    environ = environ or {}
    fields = dict(settings_fields())
    layers: tuple[Layer, ...] = (
        flags_layer(flags or {}, fields),
        environment_layer(environ, fields),
        *file_layers(folder, environ, fields),
    )
    written = {key: one for layer in reversed(layers) for key, one in layer.items()}
    fields |= {key: further.FIELDS[key.rpartition(".")[2]] for key in written if key not in fields}
    nested: dict[str, dict[str, Any]] = {}
    for key, one in written.items():
        category, _, name = key.rpartition(".")
        outer, _, inner = category.partition(".")
        within = nested.setdefault(outer, {})
        (within.setdefault(inner, {}) if inner else within)[name] = one.value
    try:
        settings = Settings.model_validate(nested)
    except ValidationError as error:
        path = [str(part) for part in error.errors()[0]["loc"]]
        key = ".".join(path[: 3 if path[0] == further.CATEGORY else 2])
        raise _refusal(key, written[key].value, written[key].source, allowed(fields[key])) from None
    genesis = settings.population.genesis
    if genesis not in ("none", *strategy_names()):
        key = "population.genesis"
        choices = f"one of none, {', '.join(strategy_names())}"
        raise _refusal(key, genesis, written[key].source, choices)
    preset = settings.market.preset
    if preset not in PRESETS and preset not in preset_names():
        key = "market.preset"
        raise _refusal(key, preset, written[key].source, f"one of {', '.join(preset_names())}")
    sources = {key: written[key].source if key in written else "default" for key in fields}
    return Loaded(_placed(settings, folder), sources)


def _refusal(key: str, value: object, source: str, allowed: str) -> SettingsError:
    shown = str(value) if isinstance(value, Decimal) else without_password(repr(value))
    if key in SECRETS:
        shown = "***"
    return SettingsError(f"{key} = {shown[:60]} ({source}) must be {allowed}")


def _placed(settings: Settings, folder: Path) -> Settings:
    """The same with paths that hold from everywhere."""
    url = settings.storage.database_url
    prefix = "sqlite:///"
    if url.startswith(prefix):
        file = Path(url.removeprefix(prefix)).expanduser()
        url = f"{prefix}{folder.absolute() / file}"
    kept = folder.absolute() / Path(settings.storage.folder).expanduser()
    storage = settings.storage.model_copy(update={"database_url": url, "folder": str(kept)})
    return settings.model_copy(update={"storage": storage})
