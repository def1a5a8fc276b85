"""Parameters of an address: names with their values, in which nothing is passed over in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data.errors import BadRequest, did_you_mean

Parameters = Mapping[str, Iterable[str]]
YES = frozenset({"yes", "true", "on", "1"})
NO = frozenset({"", "no", "false", "off", "0"})


def check_names(parameters: Parameters, known: Iterable[str]) -> None:
    """Raises BadRequest for a name that is not known, with the nearest that are."""
    names = tuple(known)
    for name in parameters:
        if name not in names:
            raise BadRequest(
                f"The address has {name!r}, which means nothing here.", did_you_mean(name, names)
            )


def only(parameters: Parameters, name: str) -> str:
    """The one value of a parameter, empty where it is not there. Raises BadRequest where there are several."""
    values = tuple(parameters.get(name, ()))
    if len(values) > 1:
        raise BadRequest(
            f"{name!r} stands {len(values)} times: {' and '.join(values[:3])}.",
            f"Keep one of them, such as {name}={values[0]}.",
        )
    return "".join(values).strip()


def is_yes(parameters: Parameters, name: str) -> bool:
    """Whether a parameter says yes; one that is not there says no. Raises BadRequest for anything else."""
    text = only(parameters, name).lower()
    if text not in YES | NO:
        raise BadRequest(f"{name}={text!r} is neither yes nor no.", f"Write {name}=yes, or leave it out.")
    return text in YES
