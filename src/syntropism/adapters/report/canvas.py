"""Figures drawn by matplotlib as small, deterministic SVG. Needs the ``analysis`` extra."""

import io
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from syntropism.adapters.report.palette import FAINT, INK, RULE

WIDE_INCHES: Final = 10.4
NARROW_INCHES: Final = 3.7

_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 3,
    "xtick.major.width": 0.6,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
LEFT_INCHES: Final = 0.48
"""Room for the numbers of the upright axis."""

_RIGHT_INCHES: Final = 0.16
_NUMBER: Final = re.compile(r"-?\d+\.\d{2,}")


class Sheet:
    """A figure of a given width whose panels stand at fixed distances, so that the panels of
    different figures line up under each other."""

    def __init__(self, width: float, height: float, right: float = _RIGHT_INCHES) -> None:
        self.width, self.height, self.right = width, height, right
        self.figure = Figure(figsize=(width, height))

    @property
    def narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < WIDE_INCHES / 2

    def panel(
        self, top: float, height: float, left: float = LEFT_INCHES, right: float | None = None
    ) -> Axes:
        """Axes whose upper edge is ``top`` inches below that of the figure."""
        inside = self.width - left - (self.right if right is None else right)
        box = (
            left / self.width,
            1 - (top + height) / self.height,
            inside / self.width,
            height / self.height,
        )
        return self.figure.add_axes(box)


def over_cycles(axes: Axes, numbers: Sequence[int], *, name: bool = True) -> None:
    """Lets ``axes`` run over whole cycles, with a name under them if they are the lowest."""
    first, last = numbers[0], numbers[-1]
    axes.set_xlim((first - 0.5, last + 0.5) if first == last else (first, last))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10]))
    if name:
        axes.set_xlabel("cycle", loc="right")
    else:
        axes.tick_params(labelbottom=False)


def drawn(name: str, alt: str, draw: Callable[[float], Figure]) -> str:
    """The figure in both widths, wide for desks and narrow for phones, as inline SVG."""
    return "".join(
        _svg(f"{name}-{kind}", kind, alt, width, draw)
        for kind, width in (("wide", WIDE_INCHES), ("narrow", NARROW_INCHES))
    )


def _svg(name: str, kind: str, alt: str, width: float, draw: Callable[[float], Figure]) -> str:
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = draw(width)
        target = io.StringIO()
        figure.savefig(target, format="svg", metadata=nothing)
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = re.sub(r'(\bid="|"#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r' d="[^"]*"', lambda path: _NUMBER.sub(_shorter, path[0]), text)
    text = re.sub(r"\n\s*", " ", text)
    size = re.search(r'viewBox="0 0 (\S+) (\S+)"', text)
    assert size is not None
    opening = (
        f'<svg class="{kind}" viewBox="0 0 {size[1]} {size[2]}" role="img" aria-label="{alt}" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return re.sub(r"<svg[^>]*>", lambda _: opening, text, count=1).strip()


def _shorter(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
