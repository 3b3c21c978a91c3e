"""The report as one self-contained HTML file: no scripts, no requests, nothing to install."""

from pathlib import Path
from typing import Final

from syntropism.adapters.report import sections
from syntropism.adapters.report.captions import captions
from syntropism.adapters.report.files import written_whole
from syntropism.adapters.report.palette import Palette
from syntropism.application.queries.report import Summary, Tables
from syntropism.application.untrusted import html_text

CHARTS_MISSING: Final = "charts left out: pip install 'syntropism[analysis]' draws them"

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


def write_html(
    path: Path, tables: Tables, summary: Summary, audit_line: str = "", title: str = ""
) -> str:
    """Writes the report to ``path`` (whole or not at all) and gives a notice for the operator:
    empty, or one line that says why there are no charts and how to get them.

    ``audit_line`` is shown as it is, as good news if it begins with ``audit: ok``. All text that
    agents wrote is stripped of control characters and escaped.

    Raises:
        ReportFailed: the file could not be written.
    """
    drawn, notice = _charts(tables)
    page = _page(tables, summary, drawn, notice, audit_line, title or "An economy of programs")
    with written_whole(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return notice


def _charts(tables: Tables) -> tuple[dict[str, str], str]:
    if not tables.cycles:
        return {}, ""
    try:
        from syntropism.adapters.report.charts import charts
    except ImportError:
        return {}, CHARTS_MISSING
    return charts(tables, Palette.of(tables)), ""


def _page(
    tables: Tables,
    summary: Summary,
    drawn: dict[str, str],
    notice: str,
    audit_line: str,
    title: str,
) -> str:
    palette = Palette.of(tables)
    texts = captions(tables, summary) if tables.cycles else {}
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    body = [
        sections.head(summary, audit_line, title),
        sections.missing(notice),
        *sections.figures(drawn, texts, palette),
        sections.strategies(summary, palette),
        sections.prompts(tables, palette),
        sections.agents(tables, palette),
        sections.outcomes(summary),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html_text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n<footer>Made by Syntropism from the transfers and events of one economy; "
        "amounts are in credits.</footer>\n</body>\n</html>\n"
    )
