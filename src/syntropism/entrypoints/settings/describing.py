"""Settings for people: what there is, what it means, what is allowed."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from annotated_types import Ge, Le
from attrs import frozen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syntropism.entrypoints.settings import further
from syntropism.entrypoints.settings.layers import SECRETS, variable, without_password
from syntropism.entrypoints.settings.schema import Settings


@frozen(slots=True)
class Description:
    """One setting for people: its key, variable, default, allowed values and meaning."""

    key: str
    variable: str
    default: str
    allowed: str
    meaning: str


def describe(resources: Iterable[str] = (further.EXAMPLE,)) -> tuple[Description, ...]:
    """Every setting there is, in order; those of further ``resources`` last."""
    more = {
        f"{further.CATEGORY}.{name}.{field}": info
        for name in resources
        for field, info in further.FIELDS.items()
    }
    return tuple(
        Description(key, variable(key), _default(info), allowed(info), info.description or "")
        for key, info in (*settings_fields(), *more.items())
    )


def values(settings: Settings) -> dict[str, Any]:
    """The effective value of every setting, by key, as it may be shown: without passwords."""
    return {
        **{key: _shown(key, _value(settings, key)) for key, _ in settings_fields()},
        **{
            f"{further.CATEGORY}.{name}.{field}": getattr(one, field)
            for name, one in settings.resources.items()
            for field in further.FIELDS
        },
    }


def _shown(key: str, value: Any) -> Any:
    if key in SECRETS and value != "none":
        return "***"
    return without_password(value) if isinstance(value, str) else value


def settings_fields() -> Iterator[tuple[str, FieldInfo]]:
    """Every setting by key, as pydantic knows it; not those of further resources."""
    for category, info in Settings.model_fields.items():
        if category == further.CATEGORY:
            continue
        model = info.annotation
        assert isinstance(model, type), "a category is a model"
        assert issubclass(model, BaseModel), "a category is a model"
        for name, field in model.model_fields.items():
            yield f"{category}.{name}", field


def _value(settings: Settings, key: str) -> Any:
    category, _, name = key.partition(".")
    return getattr(getattr(settings, category), name)


def _default(info: FieldInfo) -> str:
    if info.default_factory is not None:
        return "this machine's"
    return str(info.default).lower() if isinstance(info.default, bool) else str(info.default)


def allowed(info: FieldInfo) -> str:
    """What may stand there, in words."""
    if isinstance(info.json_schema_extra, dict):
        return str(info.json_schema_extra["allowed"])
    if info.annotation is bool:
        return "true or false"
    if choices := get_args(info.annotation):
        return f"one of {', '.join(str(choice) for choice in choices)}"
    least = next(one.ge for one in info.metadata if isinstance(one, Ge))
    most = next(one.le for one in info.metadata if isinstance(one, Le))
    places = next((one.decimal_places for one in info.metadata if _has_places(one)), None)
    if places is None:
        return f"a whole number from {least} to {most}"
    return f"a number from {least:f} to {most:f}, with at most {places} decimal places"


def _has_places(constraint: object) -> bool:
    return getattr(constraint, "decimal_places", None) is not None
