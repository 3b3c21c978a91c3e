"""Two kinds of import contract that import-linter does not have, for ``.importlinter``.

Its own kinds must name what is forbidden, so a library added tomorrow passes unseen; these
name what is allowed, so it does not.
"""

import sys
from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

_STDLIB = frozenset(sys.stdlib_module_names)


def _external_imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    """Every (module of ours, top-level name of a library) that is imported somewhere."""
    external = {name for name in graph.modules if graph.is_module_squashed(name)}
    for library in sorted(external):
        name = library.partition(".")[0]
        for importer in sorted(graph.find_modules_that_directly_import(library)):
            yield importer, name


def _within(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _result(broken: list[tuple[str, str]]) -> ContractCheck:
    return ContractCheck(kept=not broken, metadata={"broken": broken})


class _ByName(Contract):  # type: ignore[misc]  # import-linter's base is untyped
    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, library in check.metadata["broken"]:
            output.print_error(f"{importer} must not import {library}", bold=False)


class OnlyLibraries(_ByName):
    """The ``modules`` (packages) import no library beyond the standard one, save ``libraries``."""

    type_name = "only_libraries"
    modules = fields.ListField(subfield=fields.StringField())
    libraries = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - the interface
        allowed = _STDLIB | set(self.libraries or ())
        ours = {name.partition(".")[0] for name in self.modules}
        return _result(
            [
                (importer, library)
                for importer, library in _external_imports(graph)
                if _within(importer, self.modules) and library not in allowed | ours
            ]
        )


class Reserved(_ByName):
    """The ``libraries`` are imported only by modules within ``importers``."""

    type_name = "reserved"
    libraries = fields.ListField(subfield=fields.StringField())
    importers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - the interface
        reserved = set(self.libraries)
        return _result(
            [
                (importer, library)
                for importer, library in _external_imports(graph)
                if library in reserved and not _within(importer, self.importers)
            ]
        )
