"""Reports: HTML pages with tables and plots that need no other file and no network.

A `Report` is plain data; `render_report` turns it into one page, with uPlot (its licence lies beside it in `assets`),
the style sheet and the data of the plots inside.
"""

from latm.report.parts import Cell, Column, Figure, HeatMap, Link, Provenance, Report, Section, Table
from latm.report.plots import Plot, PlotStyle, Series
from latm.report.rendering import render_report, write_report
from latm.report.svg import svg

__all__ = [
    "Cell",
    "Column",
    "Figure",
    "HeatMap",
    "Link",
    "Plot",
    "PlotStyle",
    "Provenance",
    "Report",
    "Section",
    "Series",
    "Table",
    "render_report",
    "svg",
    "write_report",
]
