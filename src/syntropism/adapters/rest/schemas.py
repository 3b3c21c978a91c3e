"""The shapes of request bodies. Strict: what is not named here is refused, with its field."""

import base64
import binascii
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)

from syntropism.application.commands.bidding import BidRequest
from syntropism.domain.attention.prompts import Scores
from syntropism.domain.credits import AMOUNT_MAX, MICRO, PLACES, parse_micro
from syntropism.domain.errors import Invalid
from syntropism.domain.market.resources import QUANTITY_MAX, Bundle, parse_quantity

B = TypeVar("B", bound="Body")

_FIELD_MAX: Final = 120


def _number(value: object) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number")
    return value


def _money(value: object) -> int:
    try:
        micro = parse_micro(_number(value), "it")
    except Invalid as refusal:
        raise ValueError(refusal.message.removeprefix("it ")) from None
    if micro < 0:
        raise ValueError("must not be negative")
    return micro


def _thousandths(value: object) -> int | Decimal:
    return _quantity(value, 3)


def _whole(value: object) -> int | Decimal:
    return _quantity(value, 0)


def _further(value: object) -> int | Decimal:
    return _quantity(value, 3, least=0)


def _quantity(value: object, places: int, least: int = 1) -> int | Decimal:
    number = _number(value)
    try:
        units = parse_quantity(number, "it", places)
    except Invalid as refusal:
        raise ValueError(refusal.message.removeprefix("it ")) from None
    if places and units < least:
        raise ValueError("must be greater than zero")
    return number


def _text(value: str) -> str:
    """Lone surrogates, which JSON can escape but nothing can store, and NUL are not text."""
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text") from None
    return value


def _file(value: object) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("must be valid Unicode text") from None
    if isinstance(value, dict) and set(value) == {"base64"} and isinstance(value["base64"], str):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not valid base64") from None
    raise ValueError('must be text or {"base64": "…"}')


Money = Annotated[
    int,
    PlainValidator(_money),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": AMOUNT_MAX / MICRO,
            "description": f"Credits, with at most {PLACES} decimal places.",
        }
    ),
]
"""Credits in JSON, micro-credits inside."""

Quantity = Annotated[
    Any,
    PlainValidator(_thousandths),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": QUANTITY_MAX}),
]
Count = Annotated[
    Any,
    PlainValidator(_whole),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": QUANTITY_MAX}),
]
Further = Annotated[
    Any,
    PlainValidator(_further),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": QUANTITY_MAX}),
]
Text = Annotated[str, AfterValidator(_text)]
Identifier = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
Score = Annotated[int, Field(ge=0, le=10)]
File = Annotated[
    bytes,
    PlainValidator(_file),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"base64": {"type": "string", "contentEncoding": "base64"}},
                    "required": ["base64"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class Body(BaseModel):
    """A JSON object without unknown fields; types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def read(cls: type[B], document: dict[str, Any]) -> B:
        """The body in ``document``.

        Raises:
            Invalid: the first field that is wrong, named by ``details["field"]``.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
            raise _invalid(first["type"], first["loc"], first["msg"]) from None


_REASONS: Final = {
    "extra_forbidden": "is not a known field",
    "missing": "is missing",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "string_pattern_mismatch": "is not an identifier",
    "int_type": "must be a whole number",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


def _invalid(kind: str, path: tuple[int | str, ...], message: str) -> Invalid:
    field = ".".join(str(part) for part in path)[:_FIELD_MAX] or "body"
    reason = _REASONS.get(kind, message.removeprefix("Value error, "))
    return Invalid(f"{field} {reason[:1].lower()}{reason[1:]}", field=field)


class Nothing(Body):
    """An empty object, or no body at all."""


class BundleBody(Body):
    """A bundle: CPU seconds, megabytes and seconds to a thousandth; tokens and slots whole.
    Further resources that the economy is configured with go by their names, to a thousandth;
    the market refuses what it does not know."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Further]

    cpu_seconds: Quantity
    memory_mb: Quantity
    duration_seconds: Quantity
    tokens: Count = 0
    attention_share: Count = 0

    def bundle(self) -> Bundle:
        """The bundle itself."""
        return Bundle(
            self.cpu_seconds,
            self.memory_mb,
            self.duration_seconds,
            self.tokens,
            self.attention_share,
            **(self.__pydantic_extra__ or {}),
        )


class OfferBody(Body):
    """An amount for a bundle."""

    bundle: BundleBody
    amount: Money


class BidBody(OfferBody):
    """An offer, perhaps with a fallback that is tried when it loses."""

    fallback: OfferBody | None = None

    def request(self) -> BidRequest:
        """What the market is asked for."""
        return _request(self.bundle, self.amount, self.fallback)


def _request(bundle: BundleBody, amount: int, fallback: OfferBody | None) -> BidRequest:
    return BidRequest(
        bundle.bundle(),
        amount,
        fallback.bundle.bundle() if fallback else None,
        fallback.amount if fallback else 0,
    )


class PlaceBidBody(BidBody):
    """A bid for oneself, or for another agent, whom one so sponsors."""

    beneficiary_id: Identifier | None = None


class QuoteBody(Body):
    """A bundle to be priced, and perhaps an amount that might win it."""

    bundle: BundleBody
    amount: Money | None = None


class TransferBody(Body):
    """A payment to another agent."""

    to: Identifier
    amount: Money
    memo: Text = ""


class MessageBody(Body):
    """A message to another agent."""

    to: Identifier
    content: Text


class SpawnBody(Body):
    """A child: files are text, or ``{"base64": …}``."""

    name: Text
    endowment: Money
    files: dict[Text, File]
    strategy: Text = ""
    first_bid: BidBody | None = None


class PromptBody(Body):
    """Something to show a human, ranked by ``amount``."""

    content: Text
    amount: Money = 0


class ReasoningBody(Body):
    """Why an agent did what it did."""

    text: Text


class ScoreBody(Body):
    """A human's scores, 0–10."""

    interesting: Score
    useful: Score
    understandable: Score

    def scores(self) -> Scores:
        """The scores themselves."""
        return Scores(self.interesting, self.useful, self.understandable)


class SponsorBody(Body):
    """A bid that the treasury pays; the configured first bid when nothing is given."""

    bundle: BundleBody | None = None
    amount: Money | None = None
    fallback: OfferBody | None = None

    def request(self) -> BidRequest | None:
        """What the market is asked for, or ``None`` for the first bid.

        Raises:
            Invalid: a bundle without an amount, or the other way round.
        """
        if self.bundle is None or self.amount is None:
            for name in ("bundle", "amount", "fallback"):
                if getattr(self, name) is not None:
                    raise Invalid("bundle and amount belong together", field=name)
            return None
        return _request(self.bundle, self.amount, self.fallback)


class TokenBody(Body):
    """A new operator."""

    name: Text
    role: Literal["viewer", "scorer", "admin", "worker"]
