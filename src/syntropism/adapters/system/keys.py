"""The key that signs tokens, in a file that only its owner can read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.ports.unit_of_work import StorageFailed


def load_tokens(path: Path | None) -> EdDsaTokens:
    """Tokens signed with the key in ``path``, which is made if it is not there; with a key that
    nobody keeps if ``path`` is ``None``.

    Raises:
        StorageFailed: the file cannot be read, written, or is not a key.
    """
    if path is None:
        return EdDsaTokens(new_key())
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.{os.getpid()}.part")
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(new_key())
            with suppress(FileExistsError):  # another process was faster: its key is the key
                os.link(part, path)
            part.unlink()
        return EdDsaTokens(path.read_bytes())
    except OSError as error:
        raise StorageFailed(f"cannot keep the signing key in {path}: {error.strerror}") from None
    except ValueError:
        raise StorageFailed(f"{path} is not a signing key; remove it to make a new one") from None


def new_secret() -> str:
    """A random 256-bit token for an operator."""
    return f"syn_{secrets.token_urlsafe(32)}"
