"""Plots of lines as pictures."""

import re
from xml.etree import ElementTree as ET

from latm.report import Plot, Series, svg


def test_each_series_is_a_line_that_a_missing_value_interrupts() -> None:
    plot = Plot("a < b", [0, 10, 20, 30], [Series("one & two", [0.0, 0.5, None, 1.0]), Series("other", [0.1] * 4)])
    root = ET.fromstring(svg(plot))  # noqa: S314  # our own
    lines = [one.get("points", "").split() for one in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(line) for line in lines] == [2, 1, 4]
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b", "one & two", "other"} <= {*texts}


def test_all_of_it_is_within_the_picture() -> None:
    plot = Plot("shares", [1, 5, 9], [Series("share", [0.0, 1.0, 0.3])], y_form="percent", y_limits=(0.0, 1.0))
    points = [tuple(map(float, point.split(","))) for point in re.findall(r"[\d.]+,[\d.]+(?=[ \"])", svg(plot))]
    assert len(points) == 3
    assert all(0 <= x <= 720 and 0 <= y <= 320 for x, y in points)
    assert points[1][1] < points[2][1] < points[0][1]
