"""The daemon: how it is reached, and its troubles in one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from syntropism.adapters.docker.options import DockerOptions
from syntropism.application.ports.sandbox import ProviderFailed

REASON_MAX: Final = 300


_SOCKETS: Final = (Path("/var/run/docker.sock"), Path("/run/docker.sock"))


def daemon_in_sight() -> bool:
    """Whether it is worth asking for a daemon: the SDK takes longer to import than most
    commands take."""
    named = bool(os.environ.get("DOCKER_HOST")) or any(path.exists() for path in _SOCKETS)
    return named and find_spec("docker") is not None


def connect(options: DockerOptions) -> Any:
    """A low-level client of the daemon that the environment names (``DOCKER_HOST``), which
    has answered.

    Raises:
        ProviderFailed: the SDK is not installed, or no daemon answers.
    """
    try:
        import docker
    except ImportError:
        raise ProviderFailed("docker needs its extra: pip install 'syntropism[docker]'") from None
    with troubles("reach the Docker daemon", options.image):
        return docker.APIClient(
            **docker.utils.kwargs_from_env(),
            version="auto",
            timeout=options.request_seconds_max,
            max_pool_size=options.connections_max,
        )


@contextmanager
def troubles(what: str, image: str) -> Iterator[None]:
    """Whatever the daemon, or the way to it, refuses within becomes ``ProviderFailed``."""
    import docker
    import requests

    try:
        yield
    except docker.errors.ImageNotFound:
        raise ProviderFailed(
            f"the image {image} is missing: `syntropism runner build` makes it"
        ) from None
    except docker.errors.APIError as error:
        raise ProviderFailed(f"cannot {what}: {_line(error.explanation or error)}") from None
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise ProviderFailed(
            f"cannot {what}: is the Docker daemon running, and may this user talk to it? "
            f"({_line(error)})"
        ) from None


def _line(error: object) -> str:
    return " ".join(str(error).split())[:REASON_MAX]
