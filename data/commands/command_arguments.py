"""The arguments of a command: nothing in them is passed over in silence."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from data.credentials import without_passwords
from data.errors import did_you_mean


class Once(argparse.Action):
    """Stores a value, once: of two, one would not be heard."""

    given = False

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if self.given:
            parser.error(f"{option_string} is given twice; name all of it in one")
        self.given = True
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """Refuses an option that is given twice or cut short and says what was meant by it; repeats no password."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **how})
        self.register("action", None, Once)
        self.register("action", "store", Once)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, strange = super().parse_known_args(args, namespace)
        if strange and strange[0].startswith("-"):
            near = did_you_mean(strange[0].partition("=")[0], self._option_string_actions)
            self.error(f"there is no option {strange[0]!r}. {near}")
        return found, strange

    def error(self, message: str) -> NoReturn:
        super().error(without_passwords(message))
