"""Reports: whatever texts and numbers go in, the page shows just those, and needs nothing else."""

import html
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latm.errors import StoreFullError
from latm.report import (
    Column,
    Figure,
    HeatMap,
    Plot,
    PlotStyle,
    Provenance,
    Report,
    Section,
    Series,
    Table,
    render_report,
    write_report,
)

HOSTILE = [
    "a < b && c > \"d\" 'e'",
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "\u2028 line \u2029 separators",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Page(HTMLParser):
    """What a browser would find in a page."""

    source: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    plots: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._json = False
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._json = dict(attrs).get("type") == "application/json"

    def handle_data(self, data: str) -> None:
        if self._json:
            self.plots.append(json.loads(data))
            self._json = False
        else:
            self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def report_saying(text: str) -> Report:
    """A report with the same text in every place that takes one."""
    table = Table([Column(text, note=text)], [[text]], [text], text)
    heat = HeatMap([text], {text: [0.5]}, caption=text)
    plot = Plot(text, [text], [Series(text, [1.0])], x_label=text, y_label=text, note=text)
    return Report(
        text,
        text,
        Provenance(text, {text: text}),
        [Figure(text, text, text)],
        [Section(text, [text], [table, heat, plot])],
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_is_and_adds_no_markup(text: str) -> None:
    page, plain = Page(render_report(report_saying(text))), Page(render_report(report_saying("plain")))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert page.texts.count(text) == plain.texts.count("plain")
    assert page.plots[0]["series"][0]["label"] == page.plots[0]["names"][0] == page.plots[0]["xLabel"] == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_comes_back_from_the_page(text: str) -> None:
    page = render_report(Report("title", text, Provenance("")))
    shown = page.partition('<p class="lead">')[2].partition("</p>")[0]
    assert html.unescape(shown) == text


def test_a_page_loads_nothing_from_elsewhere() -> None:
    page = Page(render_report(report_saying("plain")))
    assert not [attributes for _, attributes in page.tags if {"src", "href", "srcset"} & attributes.keys()]
    assert page.count("link") == page.count("img") == 0
    assert "url(" not in page.source
    assert "@import" not in page.source


def test_the_plotting_library_is_in_the_page_and_its_licence_beside_it() -> None:
    page = render_report(report_saying("plain"))
    assert "uPlot (v1." in page
    licence = Path(str(__import__("latm.report", fromlist=["report"]).__file__)).with_name("assets") / "uPlot.LICENSE"
    assert "Leon Sorokin" in licence.read_text()


@pytest.mark.parametrize(
    ("cell", "form", "shown"),
    [
        (None, ",", "–"),
        (1234567, ",", "1,234,567"),
        (0.98765, ".1%", "98.8%"),
        ("as it is", ".1%", "as it is"),
        (7, "", "7"),
    ],
)
def test_cells_are_written_as_their_column_says(cell: str | float | None, form: str, shown: str) -> None:
    assert Column("any", form).text(cell) == shown


@pytest.mark.parametrize(
    "build",
    [
        lambda: Table([Column("one")], [["a", "b"]]),
        lambda: Table([Column("one")], [], ["a", "b"]),
        lambda: HeatMap(["one"], {"row": [0.1, 0.2]}),
        lambda: HeatMap(["one"], {"row": [1.5]}),
        lambda: Plot("short", [1, 2], [Series("one", [1.0])]),
        lambda: Plot("half an interval", [1], [Series("one", [1.0], low=[0.5])]),
        lambda: Plot("stacked intervals", [1], [Series("one", [1.0], [0.5], [1.5])], PlotStyle.AREAS),
    ],
)
def test_what_does_not_fit_together_is_refused_when_it_is_built(build: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        build()


def test_areas_are_drawn_on_top_of_each_other_and_keep_their_own_values() -> None:
    data = Plot("areas", [1, 2], [Series("a", [1, 2]), Series("b", [3, None])], PlotStyle.AREAS).data()
    assert [one["drawn"] for one in data["series"]] == [[1, 2], [4, 2]]
    assert [one["values"] for one in data["series"]] == [[1, 2], [3, None]]


numbers = st.none() | st.floats(-1e6, 1e6)
triples = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=20)


@given(triples)
def test_the_y_axis_holds_zero_every_value_and_every_interval(triple: list[tuple[float | None, ...]]) -> None:
    low, values, high = zip(*triple, strict=True)
    bottom, top = Plot("p", list(range(len(triple))), [Series("s", values, low, high)]).data()["yLimits"]
    assert bottom <= 0 < top or bottom < 0 <= top
    assert all(bottom <= value <= top for value in (*low, *values, *high) if value is not None)


def test_numbers_that_are_not_finite_leave_a_gap() -> None:
    page = Page(render_report(Report("t", "", Provenance(""), sections=[Section("s", (), [
        Plot("p", [1, 2, 3], [Series("s", [float("nan"), float("inf"), 1.0])])])])))  # fmt: skip
    assert page.plots[0]["series"][0]["values"] == [None, None, 1.0]


def test_a_page_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFullError, match="cannot be written"):
        write_report(report_saying("plain"), tmp_path / "file" / "page.html")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to draw the plots with")
def test_a_browser_draws_every_style_of_plot(tmp_path: Path) -> None:
    named, numbered = ["<i>one</i>", "two"], [1, 2]
    series = [Series("a", [1.0, 2.0], [0.5, 1.5], [1.5, 2.5]), Series("b", [2.0, None])]
    stacked = [Series("a", [1.0, 2.0]), Series("b", [2.0, 1.0])]
    plots = [
        Plot(f"{style}", x, stacked if style is PlotStyle.AREAS else series, style)
        for style in PlotStyle
        for x in (named, numbered)
    ]
    write_report(Report("t", "", Provenance(""), sections=[Section("s", (), plots)]), tmp_path / "page.html")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(  # noqa: S603  # the system's own Chromium, on a page of ours
        [*command, "--dump-dom", (tmp_path / "page.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert Page(done.stdout).count("canvas") == len(plots)
