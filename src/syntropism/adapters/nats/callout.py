"""Who may connect: NATS asks us, and an agent gets a credential for its own execution.

The server's authorization callout (NATS ADR-26): for every connection that is not one of ours it
asks on ``$SYS.REQ.USER.AUTH``. The token that the agent connects with is its execution token;
what it gets is good for the subjects of the agents' door and for one private inbox, until the
token expires.
"""

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

import nkeys
from attrs import define, field
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from syntropism.adapters.nats.door import INBOX, QUEUE
from syntropism.adapters.nats.link import Link, Unusable
from syntropism.adapters.nats.subjects import ROUTES
from syntropism.application.ports.tokens import AgentIdentity, TokenIssuer
from syntropism.domain.errors import Unauthenticated

SUBJECT: Final = "$SYS.REQ.USER.AUTH"
SUBSCRIPTIONS_MAX: Final = 4
PAYLOAD_MAX: Final = 4 * 1024 * 1024

_log: Final = logging.getLogger("syntropism.nats")


class Signer:
    """Signs NATS's own kind of JSON Web Tokens with an account key.

    Raises:
        Unusable: ``seed`` is not the seed of an account key.
    """

    def __init__(self, seed: str) -> None:
        try:
            self._key = nkeys.from_seed(seed.strip().encode("ascii"))
            self.public: str = self._key.public_key.decode("ascii")
        except Exception:
            raise Unusable("nats.signing_key is not the seed of a NATS key") from None
        if not self.public.startswith("A"):
            raise Unusable("nats.signing_key must be the seed of an account key (SA…)")

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token that holds ``claims``, which it completes by who, when and an id."""
        whole = {**claims, "iss": self.public, "iat": int(time.time()), "jti": token_hex(16)}
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        text = f"{_encoded(_json(head))}.{_encoded(_json(whole))}"
        return f"{text}.{_encoded(self._key.sign(text.encode('ascii')))}"


@define
class Callout:
    """Answers the server's questions; replicas share them. ``account`` is the name of the
    account that agents are put into."""

    link: Link
    signer: Signer
    tokens: TokenIssuer
    now: Callable[[], datetime]
    account: str
    _subscription: Subscription | None = field(default=None)

    def open(self) -> None:
        """Listens."""
        if self._subscription is None:
            self._subscription = self.link.call(
                self.link.client.subscribe(SUBJECT, QUEUE, self._hear)
            )
            self.link.call(self.link.client.flush())

    def step(self) -> bool:
        """Nothing: questions come by themselves."""
        return False

    def close(self) -> None:
        """Hears nothing more."""
        if self._subscription is not None:
            self.link.call(self._subscription.unsubscribe())
            self._subscription = None

    async def _hear(self, message: Msg) -> None:
        try:
            asked = _claims(message.data.decode("ascii"))["nats"]
            answer = self._answer(asked)
            await message.respond(answer.encode("ascii"))
        except Exception:
            _log.exception("a question about a connection could not be answered")

    def _answer(self, asked: Mapping[str, Any]) -> str:
        user = str(asked["user_nkey"])
        answer: dict[str, Any] = {"type": "authorization_response", "version": 2}
        try:
            answer["jwt"] = self._credential(user, str(asked["connect_opts"].get("auth_token", "")))
        except Unauthenticated as refusal:
            answer["error"] = refusal.message
        server = str(asked["server_id"]["id"])
        return self.signer.sign({"sub": user, "aud": server, "nats": answer})

    def _credential(self, user: str, token: str) -> str:
        identity = self.tokens.verify(token, self.now())
        return self.signer.sign(
            {
                "sub": user,
                "aud": self.account,
                "name": f"execution {identity.execution_id}",
                "exp": int(_claims(token)["exp"]),
                "nats": {
                    "type": "user",
                    "version": 2,
                    "subs": SUBSCRIPTIONS_MAX,
                    "data": -1,
                    "payload": PAYLOAD_MAX,
                    **permissions(identity),
                },
            }
        )


def permissions(identity: AgentIdentity) -> dict[str, Any]:
    """What an execution may publish and hear."""
    publish = sorted({route.allowed(identity.agent_id) for route in ROUTES})
    return {
        "pub": {"allow": publish},
        "sub": {"allow": [f"{INBOX}{identity.execution_id}.>"]},
    }


def _claims(token: str) -> dict[str, Any]:
    """What a token says; whether it is true is for others to find out."""
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
