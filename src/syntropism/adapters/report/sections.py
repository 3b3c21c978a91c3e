"""The parts of the page. Everything that agents or operators named is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from syntropism.adapters.report.captions import amount, count
from syntropism.adapters.report.palette import Palette, label, resource_name
from syntropism.application.queries.report import Summary, Tables
from syntropism.application.queries.report.rows import AgentRow, PromptRow
from syntropism.application.queries.report.summary import best_prompts
from syntropism.application.untrusted import html_text

PROMPTS_SHOWN: Final = 3
AGENTS_SHOWN: Final = 20
AGENTS_UNFOLDED_MAX: Final = 300
_PROMPT_CHARACTERS_MAX: Final = 2_000

_CHAPTERS: Final = (
    ("Who lives", ("population", "vital"), True),
    ("Who holds the credits", ("wealth",), True),
    ("What things cost", ("prices", "utilization"), False),
    ("Where credits come from, and where they go", ("circulation",), False),
    ("Who descends from whom", ("lineage",), True),
)


def head(summary: Summary, audit_line: str, title: str) -> str:
    """The title, what this was, the audit, and the key figures."""
    families = sum(1 for line in summary.strategies if line.ever)
    lead = (
        f"{count(summary.cycles, 'cycle')} of an economy in which programs must earn their own "
        f"existence: {count(summary.founders, 'founder')} of "
        f"{count(families, 'strategy', 'strategies')}, {count(summary.births, 'birth')}, "
        f"{count(summary.deaths, 'death')}. Only human scores bring in new credits."
    )
    audit = ""
    if audit_line:
        kind = "audit ok" if audit_line.startswith("audit: ok") else "audit"
        audit = f'<p class="{kind}">{html_text(audit_line, length_max=300)}</p>'
    return (
        f"<header>\n<h1>{html_text(title)}</h1>\n<p class='lead'>{lead}</p>\n{audit}\n</header>"
        + (_key_figures(summary))
    )


def _key_figures(summary: Summary) -> str:
    gini = "–" if summary.gini is None else f"{summary.gini:.2f}"
    mean = "–" if summary.mean_score is None else f"{summary.mean_score:.1f}"
    longest = summary.lineages[0].generations if summary.lineages else 0
    cells = (
        ("Living at the end", f"{summary.living:,}", f"{summary.dormant:,} of them dormant"),
        ("Births", f"{summary.births:,}", f"beside {count(summary.founders, 'founder')}"),
        ("Deaths", f"{summary.deaths:,}", _causes(summary)),
        ("Longest lineage", f"{longest:,}", "generation" if longest == 1 else "generations"),
        ("Gini coefficient", gini, "of what the living hold"),
        ("Minted", amount(summary.minted), f"{amount(summary.minted_by_humans)} by human scores"),
        ("Burned", amount(summary.burned), "windows, fees, estates"),
        ("In circulation", amount(summary.circulation), "minted less burned"),
        ("Prompts scored", f"{summary.scored:,}", f"of {summary.prompts:,} shown to humans"),
        ("Mean score", mean, "out of 10"),
    )
    return (
        '<dl class="figures">\n'
        + "".join(
            f"<div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>\n"
            for name, value, note in cells
        )
        + "</dl>"
    )


def _causes(summary: Summary) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in summary.causes_of_death) or "none"


def missing(notice: str) -> str:
    """Why there are no charts, if there are none."""
    return f'<p class="missing">{html_text(notice)}</p>' if notice else ""


def figures(drawn: Mapping[str, str], texts: Mapping[str, str], palette: Palette) -> Iterable[str]:
    """The chapters of charts, each with its captions."""
    if not drawn:
        return
    for title, names, by_strategy in _CHAPTERS:
        legend = _legend(palette) if by_strategy else ""
        body = "\n".join(
            f"<figure>{drawn[name]}\n<figcaption>{html_text(texts[name])}</figcaption></figure>"
            for name in names
        )
        yield f"<section>\n<h2>{title}</h2>\n{legend}{body}\n</section>"


def _legend(palette: Palette) -> str:
    items = "".join(
        f'<li><i style="background:{colour}"></i>{html_text(label(name))}</li>'
        for name, colour in palette.colours.items()
    )
    return f'<ul class="legend">{items}</ul>\n'


def strategies(summary: Summary, palette: Palette) -> str:
    """How the strategies fared, and what became of prices."""
    rows = [
        (
            _swatch(palette.colour(line.strategy)) + html_text(label(line.strategy)),
            f"{line.living:,}",
            f"{line.ever:,}",
            amount(line.earned),
            "–" if line.mean_score is None else f"{line.mean_score:.1f}",
        )
        for line in summary.strategies
    ]
    table = _table(("Strategy", "Living", "Ever", "Earned", "Mean score"), rows, 1)
    return f"<section>\n<h2>How the strategies fared</h2>\n{table}\n</section>" if rows else ""


def prompts(tables: Tables, palette: Palette) -> str:
    """The best of what humans were shown."""
    found = best_prompts(tables, PROMPTS_SHOWN)
    if not found:
        return ""
    quotes = "\n".join(_quote(row, palette) for row in found)
    return (
        f'<section>\n<h2>What humans liked best</h2>\n<div class="quotes">\n{quotes}\n</div>\n'
        "</section>"
    )


def _quote(row: PromptRow, palette: Palette) -> str:
    text = html_text(row.content.strip(), lines=True, length_max=_PROMPT_CHARACTERS_MAX)
    reward = amount(row.reward) if row.reward is not None else "0"
    return (
        f'<blockquote><p class="text">{text}</p><footer>'
        f"<span>{_swatch(palette.colour(row.strategy))}<b>{html_text(row.agent)}</b></span>"
        f"<span>interesting {row.interesting} · useful {row.useful} · "
        f"understandable {row.understandable}</span>"
        f"<span>earned {reward} credits in cycle {row.cycle:,}</span></footer></blockquote>"
    )


def agents(tables: Tables, palette: Palette) -> str:
    """The agents, those who earned most first; the many are folded away."""
    ranked = sorted(tables.agents, key=lambda row: (-row.earned.micro, row.id))
    if not ranked:
        return ""
    body = _agent_table(ranked[:AGENTS_SHOWN], palette)
    rest = ranked[AGENTS_SHOWN : AGENTS_SHOWN + AGENTS_UNFOLDED_MAX]
    if rest:
        body += (
            f"\n<details><summary>{count(len(rest), 'more agent')}</summary>"
            f"{_agent_table(rest, palette)}</details>"
        )
    hidden = len(ranked) - AGENTS_SHOWN - len(rest)
    if hidden > 0:
        body += f'\n<p class="note">{count(hidden, "agent")} more in the export.</p>'
    return f"<section>\n<h2>Who earned most</h2>\n{body}\n</section>"


def _agent_table(rows: Sequence[AgentRow], palette: Palette) -> str:
    columns = (
        "Agent",
        "Strategy",
        "Lived",
        "Windows",
        "Prompts",
        "Score",
        "Children",
        "Earned",
        "Spent",
        "Holds",
    )
    return _table(
        columns,
        [
            (
                html_text(row.name),
                _swatch(palette.colour(row.strategy)) + html_text(label(row.strategy)),
                _life(row),
                f"{row.windows:,}",
                f"{row.prompts:,}",
                "–" if row.mean_score is None else f"{row.mean_score:.1f}",
                f"{row.children:,}",
                amount(row.earned),
                amount(row.spent),
                amount(row.balance + row.held),
            )
            for row in rows
        ],
        2,
    )


def _life(row: AgentRow) -> str:
    if row.died_cycle is not None:
        return f"{row.born_cycle:,}–{row.died_cycle:,}, {html_text(row.cause_of_death or '')}"
    return f"since {row.born_cycle:,}" + (", dormant" if row.status == "dormant" else "")


def outcomes(summary: Summary) -> str:
    """How windows ended, and the prices in credits."""
    if not summary.prices:
        return ""
    ends = _table(
        ("Outcome of a window", "Number"),
        [(html_text(name.replace("_", " ")), f"{number:,}") for name, number in summary.outcomes],
        1,
    )
    prices = _table(
        ("Credits per unit and second", "First", "Last", "Least"),
        [
            (
                resource_name(one.resource),
                f"{one.first:.4g}",
                f"{one.last:.4g}",
                f"{one.minimum:g}",
            )
            for one in summary.prices
        ],
        1,
    )
    return f"<section>\n<h2>Windows and prices</h2>\n{ends}\n{prices}\n</section>"


def _swatch(colour: str) -> str:
    return f'<i class="swatch" style="background:{colour}"></i>'


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    """``rows`` are HTML; the first ``texts`` columns are words, the others numbers."""

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="text">{value}</{tag}>' if place < texts else f"<{tag}>{value}</{tag}>"
            for place, value in enumerate(values)
        )

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{cells("th", columns)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )
