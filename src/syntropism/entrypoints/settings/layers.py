"""Where settings are written: the layers, read one by one, before anything is validated.

A layer maps ``category.name`` to what stands there and to where that is.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from syntropism.entrypoints.settings import further

PREFIX: Final = "SYNTROPISM_"
PROFILE: Final = "SYNTROPISM_PROFILE"
"""Names the profile; not a setting itself."""

_FILE_BYTES_MAX: Final = 1_000_000
_PROFILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SECRETS: Final = frozenset({"nats.signing_key", "worker.token"})
"""Settings that are secrets as a whole: never shown, never in a file."""

_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME: Final = re.compile(r"password|passwd|secret|token$|api_key|private_key|signing_key")
_URL_PASSWORD: Final = re.compile(r"(://[^/@:]*:)[^/@]+@")


class SettingsError(Exception):
    """A setting that cannot be used; one line that names it, its source and what is allowed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@frozen(slots=True)
class Written:
    """What stands somewhere for one setting."""

    value: Any
    source: str


Layer = Mapping[str, Written]


def variable(key: str) -> str:
    """The environment variable of a setting: ``api.port`` → ``SYNTROPISM_API_PORT``."""
    return PREFIX + key.replace(".", "_").upper()


def without_password(text: str) -> str:
    """A URL as it may be shown."""
    return _URL_PASSWORD.sub(r"\1***@", text)


def flags_layer(flags: Mapping[str, Any], known: Collection[str]) -> Layer:
    """Settings given on the command line, by key; ``None`` is not given.

    Raises:
        SettingsError: an unknown key.
    """
    given = {key: value for key, value in flags.items() if value is not None}
    for key in given:
        if key not in known and not further.is_key(key):
            raise SettingsError(f"unknown setting {key!r}{_nearest(key, known)}")
    return {key: Written(value, "command line") for key, value in given.items()}


def environment_layer(environ: Mapping[str, str], known: Collection[str]) -> Layer:
    """Settings among the environment variables.

    Raises:
        SettingsError: a variable with our prefix that is none of ours.
    """
    keys = {variable(key): key for key in known}
    layer: dict[str, Written] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name == PROFILE:
            continue
        key = keys.get(name) or further.key_of_variable(name, PREFIX)
        if key is None:
            near = _nearest(name, [*keys, PROFILE])
            raise SettingsError(f"unknown environment variable {name[:80]}{near}")
        layer[key] = Written(environ[name], f"environment {name}")
    return layer


def file_layers(
    folder: Path, environ: Mapping[str, str], known: Collection[str]
) -> tuple[Layer, ...]:
    """The profile's file, when a profile is chosen, and ``syntropism.toml``, if it is there.

    Raises:
        SettingsError: an unreadable file, an unknown key, a secret, a reference to a variable
            that is not set, a profile without its file.
    """
    layers = []
    profile = environ.get(PROFILE, "")
    if profile:
        if not _PROFILE_NAME.fullmatch(profile):
            raise SettingsError(f"{PROFILE} = {profile[:40]!r} is not a name of letters and digits")
        file = folder / f"syntropism.{profile}.toml"
        if not file.is_file():
            raise SettingsError(f"{PROFILE} is {profile}, but there is no {file}")
        layers.append(_file_layer(file, environ, known))
    file = folder / "syntropism.toml"
    if file.exists():
        layers.append(_file_layer(file, environ, known))
    return tuple(layers)


def _file_layer(file: Path, environ: Mapping[str, str], known: Collection[str]) -> Layer:
    layer: dict[str, Written] = {}
    for key, value in _flat(_document(file)):
        if key not in known and not further.is_key(key):
            _refuse_unknown(file.name, key, [*known, *further.likely_keys(key)])
        if isinstance(value, str):
            if key in SECRETS and not _REFERENCE.fullmatch(value):
                raise SettingsError(
                    f"{file.name}: {key} is a secret, and secrets come from the environment only: "
                    f"set {variable(key)}"
                )
            if _URL_PASSWORD.search(_REFERENCE.sub("", value)):
                raise SettingsError(
                    f"{file.name}: {key} contains a password; secrets come from the environment "
                    f"only: write ${{A_VARIABLE}} in its place, or set {variable(key)}"
                )
            value = _substituted(value, f"{file.name}: {key}", environ)
        layer[key] = Written(value, file.name)
    return layer


def _document(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _FILE_BYTES_MAX:
            raise SettingsError(f"{file} is larger than a settings file can be")
        text = file.read_text("utf-8")
        return tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise SettingsError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}") from None


def _flat(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for category, content in document.items():
        if category == further.CATEGORY and isinstance(content, dict):
            for name, inner in _flat(content):
                pairs.append((f"{category}.{name}", inner))
        elif isinstance(content, dict):
            pairs += [(f"{category}.{name}", value) for name, value in content.items()]
        else:
            pairs.append((category, content))
    return pairs


def _refuse_unknown(file: str, key: str, known: Collection[str]) -> None:
    if _SECRET_NAME.search(key.lower()):
        raise SettingsError(f"{file}: {key[:80]!r}: secrets come from the environment only")
    raise SettingsError(f"{file}: unknown key {key[:80]!r}{_nearest(key, known)}")


def _substituted(text: str, where: str, environ: Mapping[str, str]) -> str:
    def value_of(reference: re.Match[str]) -> str:
        name = reference.group(1)
        if name not in environ:
            raise SettingsError(f"{where} refers to ${{{name}}}, which is not set")
        return environ[name]

    return _REFERENCE.sub(value_of, text)


def _nearest(name: str, known: Collection[str]) -> str:
    """The valid name most like ``name``, as the end of a sentence."""
    folded = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    if not near and "." not in name:  # a key without its category
        near = [one for one in folded if one.endswith(f".{name.lower()}")][:1]
    if near:
        return f"; did you mean {folded[near[0]]}?"
    return "; `syntropism config show` lists the valid ones"
