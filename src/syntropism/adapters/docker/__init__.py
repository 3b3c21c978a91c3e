"""Windows as hardened Docker containers without any network."""

from syntropism.adapters.docker.images import ImageBuilder
from syntropism.adapters.docker.options import DockerOptions
from syntropism.adapters.docker.sandbox import DockerSandbox

__all__ = ["DockerOptions", "DockerSandbox", "ImageBuilder"]
