"""A plot of lines as an SVG picture, for pages without scripts."""

from collections.abc import Iterator, Sequence
from html import escape

from latm.report.plots import Plot

_WIDTH, _HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 28, 32, 64
_COLOURS = ("#3366cc", "#cc3333", "#228833", "#aa7700", "#885588")
_STEPS = 4
_LEGEND_STEP = 200


def svg(plot: Plot) -> str:
    """The plot as SVG; each series is a line, which a value that is missing interrupts.

    Raises:
        ValueError: its x axis has names instead of numbers.
    """
    xs = [float(place) for place in plot.x]
    parts = [*_frame(plot, xs), *_lines(plot, xs)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
    body = "\n".join(parts)
    return f'{head} font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'


def _frame(plot: Plot, xs: Sequence[float]) -> Iterator[str]:
    """Title, axes and legend."""
    yield f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(plot.title)}</text>'
    low, high = plot.data()["yLimits"]
    for step in range(_STEPS + 1):
        value = low + (high - low) * step / _STEPS
        y = _y(value, low, high)
        said = f"{value:.0%}" if plot.y_form == "percent" else f"{value:g}"
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{said}</text>'
    for step in range(_STEPS + 1):
        value = xs[0] + (xs[-1] - xs[0]) * step / _STEPS
        at = f'x="{_x(value, xs):.1f}" y="{_HEIGHT - _BOTTOM + 18}"'
        yield f'<text {at} text-anchor="middle">{value:,.0f}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - _BOTTOM + 34}" text-anchor="end">{escape(plot.x_label)}</text>'
    for place, one in enumerate(plot.series):
        x, colour = _LEFT + _LEGEND_STEP * place, _COLOURS[place % len(_COLOURS)]
        yield f'<rect x="{x}" y="{_HEIGHT - 20}" width="12" height="4" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="{_HEIGHT - 14}">{escape(one.label)}</text>'


def _lines(plot: Plot, xs: Sequence[float]) -> Iterator[str]:
    low, high = plot.data()["yLimits"]
    for place, one in enumerate(plot.series):
        colour = _COLOURS[place % len(_COLOURS)]
        stretch: list[str] = []
        for x, value in zip(xs, one.values, strict=True):
            if value is not None:
                stretch.append(f"{_x(x, xs):.1f},{_y(value, low, high):.1f}")
            if stretch and (value is None or x == xs[-1]):
                yield f'<polyline points="{" ".join(stretch)}" fill="none" stroke="{colour}" stroke-width="2"/>'
                stretch = []


def _x(value: float, xs: Sequence[float]) -> float:
    span = xs[-1] - xs[0] or 1.0
    return _LEFT + (value - xs[0]) / span * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
