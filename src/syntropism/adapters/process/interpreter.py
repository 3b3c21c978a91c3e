"""The Python that agents and the launcher run with."""

import sys
from pathlib import Path

from attrs import frozen


@frozen(slots=True)
class Interpreter:
    """``executable``: the base interpreter, not one of a virtual environment (whose packages
    are no business of agents). ``prefix``: the folder it is installed in."""

    executable: Path
    prefix: Path


def find_interpreter() -> Interpreter:
    """The interpreter that runs us, with every link resolved."""
    prefix = Path(sys.base_prefix)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (prefix / "bin" / name, prefix / "bin" / "python3", Path(sys.executable)):
        if candidate.exists():
            executable = candidate.resolve()
            break
    else:
        executable = Path(sys.executable)
    return Interpreter(executable, prefix.resolve())
