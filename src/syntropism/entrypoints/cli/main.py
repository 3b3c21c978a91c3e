"""The command line: ``syntropism COMMAND``."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import syntropism
from syntropism.entrypoints.cli.commands import LazyCommands

DEBUG: Final = "SYNTROPISM_LOG_LEVEL"
"""With ``debug`` in it, failures show where they happened."""

app = typer.Typer(
    cls=LazyCommands,
    name="syntropism",
    help="An economy in which autonomous programs must earn their own existence.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syntropism {syntropism.__version__}")
        raise typer.Exit


@app.callback()
def root(
    project: Annotated[
        Path | None,
        typer.Option("--project", "-C", metavar="DIR", help="Work in this folder."),
    ] = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command."""
    if project is not None:
        try:
            os.chdir(project)
        except OSError as problem:
            raise typer.BadParameter(f"{project}: {problem.strerror}") from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and leaves with its exit code. A failure is one line, never a
    traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(given or ["--help"]))


def _run(arguments: list[str]) -> int:
    command: Any = typer.main.get_command(app)
    try:
        answer = command.main(arguments, prog_name="syntropism", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        return _fail("interrupted", 130)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not try to flush the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _failed(error)
    return answer if isinstance(answer, int) else 0


def _failed(error: Exception) -> int:
    if hasattr(error, "format_message"):  # the command line itself cannot be understood
        return _misused(error)
    if os.environ.get(DEBUG, "").lower() == "debug":
        traceback.print_exc()
    from syntropism.entrypoints.cli.exits import explain

    return _fail(*explain(error))


def _misused(error: Any) -> int:
    context: Any = getattr(error, "ctx", None)
    if context and type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(context.get_help(), err=True)
        return 2
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    path = context.command_path if context else "syntropism"
    return _fail(f"{message}; see `{path} --help`", 2)


def _fail(message: str, code: int) -> int:
    typer.echo(f"error: {message}", err=True)
    return code


if __name__ == "__main__":
    main()
