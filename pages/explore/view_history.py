"""Where a person was in this session: the views gone through, the one that is open, and the ways back and forth."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pages.explore.explore_view import View

MOST_STEPS = 100
MOST_RECENT = 50


@dataclass(frozen=True, slots=True)
class ViewHistory:
    """Views in the order of the steps, and which of them is open. `recent` has each view once, the last first."""

    views: tuple[View, ...] = ()
    at: int = -1
    recent: tuple[View, ...] = ()

    @property
    def present(self) -> View | None:
        return self.views[self.at] if self.views else None

    @property
    def before(self) -> View | None:
        """The view that undo leads to."""
        return self.views[self.at - 1] if self.at > 0 else None

    @property
    def after(self) -> View | None:
        """The view that redo leads to."""
        return self.views[self.at + 1] if self.at + 1 < len(self.views) else None

    def gone(self, view: View) -> ViewHistory:
        """After a step to a view, from which no way leads forth."""
        if view == self.present:
            return self
        views = (*self.views[: self.at + 1], view)[-MOST_STEPS:]
        return ViewHistory(views, len(views) - 1, self._seen(view))

    def found(self, view: View) -> ViewHistory:
        """After the browser came to a view: a step of its own, unless it lies right before or after."""
        if view == self.before:
            return self.undone()
        return self.redone() if view == self.after else self.gone(view)

    def undone(self) -> ViewHistory:
        return self._moved(-1)

    def redone(self) -> ViewHistory:
        return self._moved(1)

    def settled(self, view: View) -> ViewHistory:
        """With the present view as it is shown, which may lack what did not fit."""
        if view == self.present or not self.views:
            return self
        if view == self.before:
            return replace(self, views=(*self.views[: self.at], *self.views[self.at + 1 :]), at=self.at - 1)
        views = (*self.views[: self.at], view, *self.views[self.at + 1 :])
        seen = tuple(view if each == self.present else each for each in self.recent)
        return ViewHistory(views, self.at, tuple(dict.fromkeys(seen)))

    def _moved(self, step: int) -> ViewHistory:
        at = min(max(self.at + step, 0), len(self.views) - 1)
        return replace(self, at=at, recent=self._seen(self.views[at])) if self.views else self

    def _seen(self, view: View) -> tuple[View, ...]:
        return (view, *(each for each in self.recent if each != view))[:MOST_RECENT]
