"""How runs end: a summary, an audit, a page with charts."""

from pathlib import Path
from typing import Any, Final

from syntropism.application.documents import document
from syntropism.application.queries.audit import AuditReport
from syntropism.entrypoints.cli.office import Office
from syntropism.entrypoints.cli.summary import render_summary
from syntropism.entrypoints.reports import Report, audit_line, make_report

REPORT_FILE: Final = "report.html"


def report_of(office: Office) -> Report:
    """Everything there is to say, from one consistent state of the store."""
    return make_report(office.store, office.project.parameters, office.container.html_writer())


def show_audit(office: Office, report: AuditReport) -> None:
    """The verdict, what was checked, and each finding."""
    show = office.show
    checked = ", ".join(f"{count:,} {name}" for name, count in report.checked.items() if count)
    show.line((audit_line(report), "bold green" if report.ok else "bold red"))
    if checked:
        show.line((f"  checked {checked}", "dim"))
    for finding in report.findings:
        show.line((f"  law {finding.law}: {finding.message}", "red"))


def write_page(office: Office, report: Report, path: Path, title: str) -> None:
    """Writes the page with charts; what it lacks is told on standard error.

    Raises:
        ReportFailed: it could not be written.
    """
    write = office.container.html_writer()
    notice = write(path, report.tables, report.summary, audit_line(report.audit), title)
    if notice:
        office.show.note(notice)


def conclude(office: Office, path: Path | None, facts: dict[str, Any], title: str) -> bool:
    """Summary, audit and page (if ``path`` is given) of an economy; with JSON one object,
    beside ``facts``. Tells whether the audit found nothing."""
    report = report_of(office)
    if path is not None:
        write_page(office, report, path, title)
    if office.show.as_json:
        page = {"report": str(path) if path else None}
        found = {"summary": document(report.summary), "audit": document(report.audit)}
        office.show.json({**facts, **found, **page})
        return report.audit.ok
    render_summary(report.summary, office.show.console)
    office.show.line("")
    show_audit(office, report.audit)
    if path is not None:
        office.show.line(f"report: {path}")
    return report.audit.ok
