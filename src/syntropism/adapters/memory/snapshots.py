"""Snapshots as a dictionary of bytes."""

from threading import Lock
from typing import BinaryIO

from syntropism.application.ports.sandbox import ProviderFailed


class MemorySnapshots:
    """Objects by name."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}
        self._lock = Lock()

    def put(self, name: str, content: BinaryIO) -> None:
        whole = content.read()
        with self._lock:
            self._objects[name] = whole

    def fetch(self, name: str, target: BinaryIO) -> None:
        with self._lock:
            found = self._objects.get(name)
        if found is None:
            raise ProviderFailed(f"there is no snapshot {name}")
        target.write(found)

    def names(self) -> list[str]:
        with self._lock:
            return sorted(self._objects)

    def remove(self, name: str) -> None:
        with self._lock:
            self._objects.pop(name, None)
