"""``syntropism market solve`` and ``syntropism market generate``: the auction on files."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from syntropism.application.ports.instances import Problem
from syntropism.application.untrusted import plain
from syntropism.domain.errors import Invalid
from syntropism.domain.market.candidates import Instance
from syntropism.domain.market.rounds import Clearing
from syntropism.entrypoints.clearing import clear


class Format(StrEnum):
    """How instance files are written."""

    JSON = "json"
    ORLIB = "orlib"
    CATS = "cats"


class Family(StrEnum):
    """What generated instances are like."""

    UNCORRELATED = "uncorrelated"
    CORRELATED = "correlated"
    SKEWED = "skewed"
    GOODS = "goods"


def register(app: typer.Typer) -> None:
    """Adds both commands to ``app``."""
    app.command()(solve)
    app.command()(generate)


def solve(
    file: Annotated[Path, typer.Argument(help="The instance file; - reads standard input.")],
    written: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.JSON,
    strategy: Annotated[str, typer.Option(help="A preset or a clearing strategy.")] = "auto",
    time_limit: Annotated[
        float, typer.Option(min=0.01, max=86_400, help="Seconds per problem.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Clear every problem of an instance file: welfare, bound, gap, winners, payments."""
    from syntropism.entrypoints.container import instance_formats

    clear(Instance((), ()), strategy)  # an unknown strategy is refused before anything is read
    problems = _read(file, written, instance_formats()[written].read)
    answers: list[dict[str, Any]] = []
    for number, problem in enumerate(problems, 1):
        answer, cleared = _solved(problem, strategy, time_limit)
        answers.append(answer)
        if cleared.remark:
            typer.echo(f"problem {number}: {cleared.remark}", err=True)
        if not as_json:
            typer.echo(_line(number, answer, problem.in_file_units(sum(cleared.payments))))
    if as_json:
        typer.echo(json.dumps(answers))


def generate(
    family: Annotated[Family, typer.Option(help="What the bids are like.")] = Family.UNCORRELATED,
    bids: Annotated[int, typer.Option("--bids", "-n", min=1, max=1_000_000)] = 100,
    resources: Annotated[int, typer.Option(min=1, max=1_000)] = 4,
    problems: Annotated[int, typer.Option(min=1, max=1_000, help="How many problems.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed writes the same file.")] = 0,
    written: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.JSON,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to (default: standard output).")
    ] = None,
) -> None:
    """Write instances that `market solve` reads."""
    from syntropism.entrypoints.container import generate_instance, instance_formats

    made = [generate_instance(family, bids, resources, seed + k) for k in range(problems)]
    text = instance_formats()[written].write(made)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _read(file: Path, written: Format, read: Any) -> list[Problem]:
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        if written is not Format.JSON:  # names in the comments of old files; numbers are ASCII
            return _found(file, raw.decode("latin-1"), read)
        line = raw.count(b"\n", 0, failure.start) + 1
        raise Invalid(f"{file}: line {line}: text: not UTF-8", field="text") from None
    return _found(file, text, read)


def _found(file: Path, text: str, read: Any) -> list[Problem]:
    try:
        found: list[Problem] = read(text)
    except Invalid as failure:
        raise Invalid(f"{file}: {failure.message}", **failure.details) from None
    return found


def _solved(problem: Problem, strategy: str, time_limit: float) -> tuple[dict[str, Any], Clearing]:
    began = perf_counter()
    cleared = clear(problem.instance, strategy, time_limit_seconds=time_limit)
    seconds = perf_counter() - began
    units = problem.in_file_units
    answer: dict[str, Any] = {
        "welfare": units(cleared.welfare),
        "bound": units(cleared.upper_bound),
        "gap": cleared.gap,
        "winners": [problem.labels[winner.id] for winner in cleared.winners],
        "payments": [units(payment) for payment in cleared.payments],
        "seconds": round(seconds, 6),
        "n": len(problem.instance.candidates),
        "resources": len(problem.instance.free),
        "strategy": strategy,
    }
    if problem.known_optimum is not None:
        optimum = problem.known_optimum
        whole = optimum == optimum.to_integral_value()
        answer["known_optimum"] = int(optimum) if whole else float(optimum)
    return answer, cleared


def _line(number: int, answer: dict[str, Any], paid: int | float) -> str:
    known = f" optimum {answer['known_optimum']}" if "known_optimum" in answer else ""
    winners = ", ".join(plain(str(one), length_max=40) for one in answer["winners"][:20])
    more = len(answer["winners"]) - 20
    return (
        f"problem {number}: n {answer['n']} resources {answer['resources']}"
        f" welfare {answer['welfare']} bound {answer['bound']} gap {answer['gap']:.4%}{known}"
        f" seconds {answer['seconds']:.3f}\n  winners {winners}"
        + (f" and {more} more" if more > 0 else "")
        + f"\n  payments {paid} together"
    )
