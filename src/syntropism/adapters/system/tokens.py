"""Signed per-attempt tokens: EdDSA over Ed25519, as JSON Web Tokens."""

from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from syntropism.application.ports.tokens import AgentIdentity
from syntropism.domain.errors import Unauthenticated
from syntropism.domain.identifiers import AgentId, ExecutionId

_ISSUER = "syntropism"


def new_key() -> bytes:
    """A new private signing key, in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


class EdDsaTokens:
    """Issues and verifies tokens with one Ed25519 key (PEM)."""

    def __init__(self, key: bytes) -> None:
        private = load_pem_private_key(key, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("the signing key is not an Ed25519 private key")
        self._private = private
        self._public = private.public_key()

    def issue(self, identity: AgentIdentity, expires_at: datetime) -> str:
        claims = {
            "iss": _ISSUER,
            "sub": identity.agent_id,
            "exe": identity.execution_id,
            "att": identity.attempt,
            "scope": " ".join(identity.scopes),
            "exp": int(expires_at.timestamp()) + 1,
        }
        return jwt.encode(claims, self._private, algorithm="EdDSA")

    def verify(self, token: str, now: datetime) -> AgentIdentity:
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=["EdDSA"],
                issuer=_ISSUER,
                options={"require": ["exp", "sub"], "verify_exp": False},
            )
            expired = now.timestamp() > int(claims["exp"])
            identity = AgentIdentity(
                AgentId(str(claims["sub"])),
                ExecutionId(str(claims["exe"])),
                int(claims["att"]),
                tuple(str(claims["scope"]).split()),
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise Unauthenticated("the token is not valid") from None
        if expired:
            raise Unauthenticated("the token has expired")
        return identity
