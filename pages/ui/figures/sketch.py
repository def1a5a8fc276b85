"""A figure while it is drawn, in plain dicts: to have Plotly check each property takes nine tenths of the time."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go


class Sketch:
    """Traces and layout in Plotly's words, nested dicts throughout. Tests check what comes of it.

    In a trace None, and a dict without any property, say nothing.
    """

    def __init__(self, layout: dict[str, Any]) -> None:
        self.layout = layout
        self.traces: list[dict[str, Any]] = []

    def add_bar(self, **trace: Any) -> None:
        self._add("bar", trace)

    def add_scatter(self, **trace: Any) -> None:
        self._add("scatter", trace)

    def add_heatmap(self, **trace: Any) -> None:
        self._add("heatmap", trace)

    def add_treemap(self, **trace: Any) -> None:
        self._add("treemap", trace)

    def add_sankey(self, **trace: Any) -> None:
        self._add("sankey", trace)

    def add_annotation(self, **annotation: Any) -> None:
        self.layout.setdefault("annotations", []).append(annotation)

    def add_shape(self, **shape: Any) -> None:
        self.layout.setdefault("shapes", []).append(shape)

    def add_vline(self, x: Any, line: dict[str, Any]) -> None:
        """A line from the top to the bottom."""
        self.add_shape(type="line", x0=x, x1=x, xref="x", y0=0, y1=1, yref="y domain", line=line)

    def add_hline(self, y: Any, line: dict[str, Any]) -> None:
        """A line from side to side."""
        self.add_shape(type="line", x0=0, x1=1, xref="x domain", y0=y, y1=y, yref="y", line=line)

    def update_layout(self, **changes: Any) -> None:
        """Change the layout, dicts property by property."""
        _update(self.layout, changes)

    def update_xaxes(self, **changes: Any) -> None:
        self.update_layout(xaxis=changes)

    def update_yaxes(self, **changes: Any) -> None:
        self.update_layout(yaxis=changes)

    def blank(self) -> go.Figure:
        """The figure without axes, where there is nothing to draw."""
        self.update_xaxes(visible=False)
        self.update_yaxes(visible=False)
        return self.figure()

    def figure(self) -> go.Figure:
        """The figure, unchecked."""
        return _Drawn({"data": self.traces, "layout": self.layout})

    def _add(self, kind: str, trace: dict[str, Any]) -> None:
        self.traces.append({"type": kind} | _said(trace))


class _Drawn(go.Figure):  # type: ignore[misc]
    """A figure that is sent as it was drawn; Plotly's objects are made of it where somebody looks into it."""

    def __init__(self, drawn: dict[str, Any]) -> None:
        self.__dict__["drawn"] = drawn

    def __getattr__(self, name: str) -> Any:
        if "drawn" not in self.__dict__:
            raise AttributeError(name)
        super().__init__(self.__dict__.pop("drawn"), _validate=False)
        return getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """As Plotly's script takes it."""
        drawn: dict[str, Any] = self.__dict__.get("drawn") or super().to_dict()
        return drawn


def _said(trace: dict[str, Any]) -> dict[str, Any]:
    said = {name: _said(each) if isinstance(each, dict) else each for name, each in trace.items()}
    return {name: each for name, each in said.items() if each is not None and each != {}}


def _update(held: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(held.get(name), dict):
            _update(held[name], value)
        else:
            held[name] = value
