"""A scatter plot on two logarithmic axes as SVG, in the style of the reports (Sources/Reporting/HTML/Style.swift)."""

import dataclasses
import html
import math

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 62, 32, 46, 44

# The colours of the report's page, light and dark.
STYLE = """
  svg { --paper: #fcfbf8; --ink: #1f1e1b; --quiet: #6a675f; --grid: #ebe8df; --after: #1d6069; --before: #b5ae9e;
    font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", Inter, "Helvetica Neue", Arial, sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #171716; --ink: #e9e6de; --quiet: #a09c92; --grid: #2a2926; --after: #6fb9c0; --before: #6c685e; } }
  .paper { fill: var(--paper); } .grid { stroke: var(--grid); } .axis { stroke: var(--before); }
  .tick { font-size: 12.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
  .float32 { fill: var(--before); } .int8 { fill: var(--after); }
"""


@dataclasses.dataclass
class Point:
    """A point, and the series that it belongs to: float32 or int8."""

    name: str
    x: float
    y: float
    series: str


def decades(values: list[float]) -> tuple[int, int]:
    """The powers of ten around values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def label(exponent: int) -> str:
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:.{-exponent}f}"


def scatter(points: list[Point], y_title: str, x_title: str) -> str:
    """The drawing; every point says its name and figures when it is pointed at."""
    (x_low, x_high), (y_low, y_high) = decades([p.x for p in points]), decades([p.y for p in points])

    def across(value: float) -> float:
        return LEFT + (math.log10(value) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(value) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    base = HEIGHT - BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{html.escape(y_title)} against {html.escape(x_title)}, {len(points)} points">',
        f"<style>{STYLE}</style>", f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="tick" x="8" y="18">{html.escape(y_title)}</text>',
        f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{html.escape(x_title)}</text>',
    ]
    for index, series in enumerate(dict.fromkeys(p.series for p in points)):
        x = WIDTH - RIGHT - 150 + 82 * index
        parts.append(f'<circle class="{series}" cx="{x}" cy="14" r="4"/>')
        parts.append(f'<text class="tick" x="{x + 9}" y="18">{series}</text>')
    for exponent in range(y_low, y_high + 1):
        y = down(10.0**exponent)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label(exponent)}</text>')
    for exponent in range(x_low, x_high + 1):
        x = across(10.0**exponent)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{base}" y2="{base + 4}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{base + 17}" text-anchor="middle">{label(exponent)}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    for point in points:
        told = f"{point.name}, {point.series}: {point.y:.3g} ms, {point.x:.3g} M"
        parts.append(
            f'<circle class="{point.series}" cx="{across(point.x):.1f}" cy="{down(point.y):.1f}" r="4" fill-opacity="0.85">'
            f"<title>{html.escape(told)}</title></circle>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
