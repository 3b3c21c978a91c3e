"""Runs an agent's workspace inside this process: for simulation, with trusted agents only."""

import builtins
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from syntropism.agent_sdk import syntropism_sdk
from syntropism.agent_sdk.syntropism_sdk import Me


class NotRunnable(Exception):
    """The workspace has no ``main.py`` that defines ``live(me)``."""


def behaviour_of(files: Mapping[str, bytes], label: str) -> Callable[[Me], None]:
    """``live`` of the ``main.py`` in ``files``, with its own modules around it.

    Imports find ``syntropism_sdk``, then the Python files at the top of the workspace, then
    what is installed; nothing is added to ``sys.path`` or ``sys.modules``, so that two
    workspaces with a ``services.py`` each do not meet. Equal files share one behaviour.

    Raises:
        NotRunnable: ``main.py`` is missing, or defines no ``live``.
    """
    sources = {path: code for path, code in files.items() if path.endswith(".py")}
    return _loaded(tuple(sorted(sources.items())), label)


@lru_cache(maxsize=256)
def _loaded(sources: tuple[tuple[str, bytes], ...], label: str) -> Callable[[Me], None]:
    workspace = _Modules(dict(sources), label)
    if "main.py" not in workspace.sources:
        raise NotRunnable(f"{label} has no main.py")
    live = getattr(workspace.load("main"), "live", None)
    if not callable(live):
        raise NotRunnable(f"main.py of {label} defines no live(me)")
    behaviour: Callable[[Me], None] = live
    return behaviour


class _Modules:
    """The modules of one workspace, and the import that sees them first."""

    def __init__(self, sources: Mapping[str, bytes], label: str) -> None:
        self.sources = sources
        self._label = label
        self._loaded: dict[str, ModuleType] = {"syntropism_sdk": syntropism_sdk}
        self._builtins: dict[str, Any] = {**vars(builtins), "__import__": self._import}

    def load(self, name: str) -> ModuleType:
        if name not in self._loaded:
            module = ModuleType(f"{self._label}.{name}")
            module.__dict__["__builtins__"] = self._builtins
            self._loaded[name] = module
            code = compile(self.sources[f"{name}.py"], f"<{self._label}>/{name}.py", "exec")
            exec(code, module.__dict__)
        return self._loaded[name]

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and (name in self._loaded or f"{name}.py" in self.sources):
            return self.load(name)
        return __import__(name, globals, locals, fromlist, level)
