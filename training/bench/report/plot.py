"""A small plotting area in SVG: scales, axes, and marks whose colours are the page's own.

Written by hand so that the page needs nothing from outside, is small, prints sharply and follows
the reader's light or dark setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 460, 380
LEFT, RIGHT, TOP, BOTTOM = 56, 22, 12, 46
Point = tuple[float, float]


@dataclass
class Plot:
    """Marks between axes; x to the right, y upwards, in the data's units."""

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    label: str  # what a reader who does not see it is told
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    marks: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Return the pixel of an x value."""
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.width - self.left - RIGHT)

    def y(self, value: float) -> float:
        """Return the pixel of a y value."""
        low, high = self.y_range
        return self.height - BOTTOM - (value - low) / (high - low) * (self.height - TOP - BOTTOM)

    def x_axis(self, title: str, ticks: Iterable[tuple[float, str]]) -> None:
        """Draw the lower axis with its ticks (value, text) and vertical grid lines."""
        bottom = self.height - BOTTOM
        for value, text in ticks:
            at = _px(self.x(value))
            self.marks.append(f'<path class="grid" d="M{at} {TOP}V{bottom}"/>')
            self.marks.append(
                f'<text x="{at}" y="{bottom + 16}" text-anchor="middle">{escape(text)}</text>'
            )
        middle = _px((self.left + self.width - RIGHT) / 2)
        self.marks.append(
            f'<text class="axis" x="{middle}" y="{self.height - 8}" text-anchor="middle">'
            f"{escape(title)}</text>"
        )

    def y_axis(self, title: str, ticks: Iterable[tuple[float, str]]) -> None:
        """Draw the left axis with its ticks (value, text) and horizontal grid lines."""
        for value, text in ticks:
            at = _px(self.y(value))
            self.marks.append(f'<path class="grid" d="M{self.left} {at}H{self.width - RIGHT}"/>')
            self.marks.append(
                f'<text x="{self.left - 7}" y="{at}" dy=".35em" text-anchor="end">'
                f"{escape(text)}</text>"
            )
        middle = _px((TOP + self.height - BOTTOM) / 2)
        if title:
            self.marks.append(
                f'<text class="axis" transform="translate(14 {middle}) rotate(-90)" '
                f'text-anchor="middle">{escape(title)}</text>'
            )

    def line(self, points: Sequence[Point], style: str) -> None:
        """Draw a line through points."""
        path = "L".join(f"{_px(self.x(x))} {_px(self.y(y))}" for x, y in points)
        self.marks.append(f'<path class="{style}" d="M{path}"/>')

    def band(self, lower: Sequence[Point], upper: Sequence[Point]) -> None:
        """Fill the area between two lines."""
        around = [*lower, *reversed(upper)]
        path = "L".join(f"{_px(self.x(x))} {_px(self.y(y))}" for x, y in around)
        self.marks.append(f'<path class="band" d="M{path}Z"/>')

    def cell(
        self, low: tuple[float, float], high: tuple[float, float], share: float, hint: str
    ) -> None:
        """Fill a rectangle from corner `low` to corner `high` with a strength of 0 … 1."""
        x, y = self.x(low[0]), self.y(high[1])
        width, height = self.x(high[0]) - x, self.y(low[1]) - y
        self.marks.append(
            f'<rect class="cell" x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" '
            f'height="{_px(height)}" fill-opacity="{share:.2f}">'
            f"<title>{escape(hint)}</title></rect>"
        )

    def dot(self, x: float, y: float, style: str, hint: str, radius: float = 4) -> None:
        """Draw a dot; the hint shows under the pointer."""
        self.marks.append(
            f'<circle class="{style}" cx="{_px(self.x(x))}" cy="{_px(self.y(y))}" r="{radius}">'
            f"<title>{escape(hint)}</title></circle>"
        )

    def svg(self) -> str:
        """Return the picture; it is as wide as its place on the page lets it be."""
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.label, quote=True)}">{"".join(self.marks)}</svg>'
        )


def ticks(low: float, high: float, count: int = 6) -> list[float]:
    """Return about `count` round numbers from `low` to `high`."""
    span = max(high - low, 1e-9)
    step = 10.0 ** _floor_log10(span / count)
    for factor in (1, 2, 5, 10):
        if span / (step * factor) <= count:
            step *= factor
            break
    first = -(-low // step) * step
    return [first + i * step for i in range(int((high - first) / step + 1e-9) + 1)]


def _floor_log10(value: float) -> int:
    from math import floor, log10

    return floor(log10(value))


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
