"""Writes the generated pages of ``docs/`` and checks every link in every page.

With ``--check`` nothing is written: a page that is not up to date is a fault, like a dead link.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from syntropism.adapters.memory.store import MemoryStore
from syntropism.adapters.memory.time import SeededIds, SimulatedClock
from syntropism.adapters.memory.workspaces import MemoryWorkspaces
from syntropism.adapters.nats.asyncapi import asyncapi
from syntropism.adapters.rest.app import create_app
from syntropism.adapters.system.tokens import EdDsaTokens, new_key
from syntropism.application.operator_service import OperatorService
from syntropism.application.row_queue import RowQueue
from syntropism.application.rules import Rules
from syntropism.application.system_service import SystemService
from syntropism.application.workforce import Workforce
from syntropism.domain.economy.parameters import EconomicParameters
from syntropism.entrypoints.settings import Description, describe

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "docs" / "guides" / "configuration.md"
ASYNCAPI = ROOT / "docs" / "reference" / "asyncapi.json"
OPENAPI = ROOT / "docs" / "reference" / "openapi.json"

_GENERATED = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def generated() -> dict[Path, str]:
    """What the generated pages must be, by path."""
    page = CONFIGURATION.read_text("utf-8")
    table = _settings_table()
    if not _GENERATED.search(page):
        sys.exit(f"{CONFIGURATION}: the marks around the table of settings are gone")
    return {
        ASYNCAPI: _json(asyncapi(_openapi(workers=False))),
        CONFIGURATION: _GENERATED.sub(lambda mark: mark[1] + table + mark[2], page),
        OPENAPI: _json(_openapi(workers=True)),
    }


def _json(document: object) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def dead_links() -> list[str]:
    """Links to files or headings that are not there, one line each."""
    pages = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    return [f"{page.relative_to(ROOT)}: {link}" for page in pages for link in _dead(page)]


def _dead(page: Path) -> Iterator[str]:
    text = _CODE.sub("", _FENCE.sub("", page.read_text("utf-8")))
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue  # others' pages: not ours to promise
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT.resolve())
        if not inside or not target.exists() or (anchor and anchor not in _anchors(target)):
            yield link


def _anchors(page: Path) -> set[str]:
    """The anchors of its headings, as the usual forges make them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def _settings_table() -> str:
    lines: list[str] = []
    category = ""
    for one in describe():
        if one.key.partition(".")[0] != category:
            category = one.key.partition(".")[0]
            lines += ["", f"### {category}", "", "| key | default | allowed | meaning |"]
            lines += ["|---|---|---|---|"]
        lines.append(_row(one))
    return "\n".join(lines) + "\n\n"


def _row(one: Description) -> str:
    return f"| `{one.key}` | `{one.default}` | {one.allowed} | {one.meaning} |"


def _openapi(*, workers: bool) -> dict[str, object]:
    clock = SimulatedClock()
    rules = Rules(EconomicParameters(), SeededIds(0, clock))
    store = MemoryStore(clock)
    tokens = EdDsaTokens(new_key())
    app = create_app(
        SystemService(store, rules),
        OperatorService(store, rules, MemoryWorkspaces()),
        tokens,
        clock,
        workforce=Workforce(store, rules, tokens, RowQueue(store)) if workers else None,
    )
    description: dict[str, object] = app.openapi()
    return description


def main() -> None:
    """Writes or checks; the exit status tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    faults = 0
    for path, text in generated().items():
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if check:
            faults += 1
            print(f"{path.relative_to(ROOT)} is not up to date: make docs")
        else:
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    for link in dead_links():
        faults += 1
        print(f"dead link in {link}")
    if faults:
        sys.exit(1)
    print("docs: ok")


if __name__ == "__main__":
    main()
