import re
import sys
from html.parser import HTMLParser

import pytest

from syntropism.adapters.report.families import families
from syntropism.adapters.report.html import CHARTS_MISSING, write_html
from syntropism.adapters.report.palette import OTHERS, Palette
from syntropism.application.ports.reporting import ReportFailed
from syntropism.application.queries.report import summary

NAMES = ("population", "vital", "wealth", "prices", "utilization", "circulation", "lineage")
VOID = {"meta", "link", "br", "img"}


class _Page(HTMLParser):
    """Keeps the elements, the attributes and the ids of a page, and checks that it nests."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _written(tables, path, audit="audit: ok", title="") -> str:
    write_html(path, tables, summary(tables), audit, title)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def _charts():
    pytest.importorskip("matplotlib", reason="charts are drawn by matplotlib")


@pytest.fixture(scope="module")
def text(make_tables, tmp_path_factory) -> str:
    """A page, to be read by many: drawing it takes a second."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    return _written(make_tables(), path, "audit: 1 <b>broken</b>", "<i>Town</i>")


@pytest.mark.usefixtures("_charts")
def test_the_page_has_every_chart_in_both_widths(text) -> None:
    page = _Page(text)
    assert page.open == []
    assert page.elements.count("svg") == 2 * len(NAMES)
    assert page.elements.count("figcaption") == len(NAMES)
    assert "nan" not in " ".join(value for name, value in page.attributes if name == "d").lower()


@pytest.mark.usefixtures("_charts")
def test_the_page_asks_nobody_for_anything(text) -> None:
    page = _Page(text)
    assert not {"script", "link", "img", "iframe", "image", "object"} & set(page.elements)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("href", "xlink:href", "src"):
            assert value.startswith("#")
        if not name.startswith("xmlns"):
            assert "//" not in value
            assert "url(" not in value or "url(#" in value


@pytest.mark.usefixtures("_charts")
def test_ids_are_unique_and_every_reference_has_one(text) -> None:
    page = _Page(text)
    assert len(page.ids) == len(set(page.ids))
    used = {value[1:] for name, value in page.attributes if name.endswith("href")}
    for name, value in page.attributes:
        if name in ("clip-path", "style"):
            used |= set(re.findall(r"url\(#([^)]*)\)", value))
    assert used
    assert used <= set(page.ids)


def test_what_agents_write_is_escaped_and_stripped(text) -> None:
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_title_and_audit_are_escaped_too(text) -> None:
    assert "<title>&lt;i&gt;Town&lt;/i&gt;</title>" in text
    assert '<p class="audit">audit: 1 &lt;b&gt;broken&lt;/b&gt;</p>' in text


def test_a_good_audit_is_shown_as_good_news(found, tmp_path) -> None:
    text = _written(found, tmp_path / "report.html", "audit: ok (13 laws)")
    assert '<p class="audit ok">audit: ok (13 laws)</p>' in text


@pytest.mark.usefixtures("_charts")
def test_the_same_tables_give_the_same_bytes(text, found, tmp_path) -> None:
    again = _written(found, tmp_path / "two.html", "audit: 1 <b>broken</b>", "<i>Town</i>")
    assert again == text
    assert "<metadata" not in text


def test_without_matplotlib_there_is_a_page_with_tables_that_says_how_to_get_charts(
    found, tmp_path, monkeypatch
) -> None:
    for name in list(sys.modules):
        if name.startswith("matplotlib") or name in (
            "syntropism.adapters.report.canvas",
            "syntropism.adapters.report.charts",
            "syntropism.adapters.report.lineage",
        ):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    notice = write_html(tmp_path / "report.html", found, summary(found))
    assert notice == CHARTS_MISSING
    assert "pip install 'syntropism[analysis]'" in notice
    text = (tmp_path / "report.html").read_text()
    assert "syntropism[analysis]" in text
    assert "<svg" not in text
    assert "<table" in text
    assert _Page(text).open == []


def test_an_economy_without_a_past_has_a_page(make_tables, tmp_path) -> None:
    nothing = make_tables(cycles=0, agents=0)
    assert write_html(tmp_path / "report.html", nothing, summary(nothing)) == ""
    assert "0 cycles" in (tmp_path / "report.html").read_text()


@pytest.mark.usefixtures("_charts")
@pytest.mark.parametrize("agents", [0, 1, 5])
def test_a_single_cycle_can_be_drawn(make_tables, tmp_path, agents, recwarn) -> None:
    text = _written(make_tables(cycles=1, agents=agents), tmp_path / "report.html")
    assert _Page(text).elements.count("svg") == 2 * len(NAMES)
    assert [str(one.message) for one in recwarn] == []


@pytest.mark.usefixtures("_charts")
def test_three_hundred_cycles_of_a_hundred_agents_stay_below_three_megabytes(
    make_tables, tmp_path
) -> None:
    names = tuple(f"strategy-{one:02d}" for one in range(14))
    large = make_tables(cycles=300, agents=600, strategies=names)
    _written(large, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 3_000_000


def test_beyond_nine_strategies_the_rarest_share_a_colour(make_tables) -> None:
    names = tuple(f"s{one:02d}" for one in range(12))
    palette = Palette.of(make_tables(agents=30, strategies=names))
    assert len(palette.colours) == 10
    assert len(set(palette.colours.values())) == 10
    assert palette.group("s11") == OTHERS
    assert palette.group("s00") == "s00"


def test_families_that_do_not_fit_are_left_out_largest_first(make_tables) -> None:
    found = make_tables(agents=100)
    everybody = families(found, 1_000)
    assert sum(len(one.members) for one in everybody) == 100
    sizes = [len(one.members) for one in everybody]
    assert sizes == sorted(sizes, reverse=True)
    fewer = families(found, sizes[0] + 1)
    assert len(fewer[0].members) == sizes[0]
    assert sum(len(one.members) for one in fewer) <= sizes[0] + 1
    assert len(families(found, 3)[0].members) == 3


def test_a_page_that_cannot_be_written_is_one_line(found, tmp_path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReportFailed, match="cannot write"):
        write_html(tmp_path / "taken" / "report.html", found, summary(found))
