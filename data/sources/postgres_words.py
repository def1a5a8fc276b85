"""What a PostgreSQL server refuses, in words that name the variable and never the address behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from data.errors import BadInput, ClientelaError

if TYPE_CHECKING:
    from data.sources.postgres import CopyQuestion

LIKE = "Write it like postgresql://name@host:5432/database, with a colon and the password behind the name."
LOST = ("08", "57P")  # the connection, or the server's own end
REFUSED = {
    "28": ("The database of {} refuses the name or the password.", "Check {}."),
    "3D": ("The server of {} has no database of that name.", "Check {}."),
    "53": ("The database of {} has no room for another connection.", "Load again later."),
    "57": ("The database of {} is starting up or shutting down.", "Load again in a moment."),
}
STOPPED = {
    "0A000": ("{} is more than a SELECT.", "Write one SELECT."),
    "22021": ("{} gives bytes that are no text.", "Mend them there, or leave that column out."),
    "25006": ("{} would change the database.", "It may only read: write one SELECT."),
    "42501": ("The account of {variable} may not read what {} asks for.", "Ask for GRANT SELECT on it."),
    "55P03": ("{} waited too long for a table that somebody else has locked.", "Load again later."),
    "57014": ("{} took too long and was stopped.", "Ask for less, or for an index."),
}


def bare(query: str) -> str:
    """A query without the semicolon behind it."""
    return query.strip().rstrip(";").rstrip()


def explained(error: Exception, doing: str, question: CopyQuestion, received: int) -> Exception:
    """The error to raise in place of `error`; it carries nothing of it that could give the address away."""
    if isinstance(error, ClientelaError):
        return error
    code = getattr(error, "sqlstate", None) or ""
    if doing == "connecting":
        return _unreachable(error, code, question)
    if isinstance(error, (OSError, asyncpg.InterfaceError, TimeoutError)) or code.startswith(LOST):
        return BadInput(
            f"The connection to the database of {question.variable} was lost after {received >> 20:,} MB.",
            "Nothing was loaded: load again.",
        )
    if isinstance(error, asyncpg.PostgresError):
        return _refused(error, code, question)
    return BadInput(
        f"The database of {question.variable} could not be read ({type(error).__name__}).", "Load again."
    )


def _unreachable(error: Exception, code: str, question: CopyQuestion) -> BadInput:
    name = question.variable
    if code[:2] in REFUSED:
        problem, remedy = REFUSED[code[:2]]
        return BadInput(problem.format(name), remedy.format(name))
    if isinstance(error, (OSError, TimeoutError)) and not isinstance(error, ValueError):
        return BadInput(
            f"The database of {name} does not answer.",
            "Check that it runs and that it may be reached from here.",
        )
    if isinstance(error, asyncpg.PostgresError):
        return BadInput(f"The database of {name} refuses the connection ({code}).", f"Check {name}.")
    return BadInput(f"{name} does not hold the address of a PostgreSQL database.", LIKE)


def _refused(error: asyncpg.PostgresError, code: str, question: CopyQuestion) -> BadInput:
    what = f"The query of [{question.subject}]" if question.query else f"Reading {question.table}"
    if code in STOPPED:
        problem, remedy = STOPPED[code]
        return BadInput(problem.format(what, variable=question.variable), remedy)
    if code.startswith("42"):  # the query's own words; what the rows hold is never repeated
        return BadInput(f"{what} cannot be understood: {error.args[0]}.", "Write one SELECT.")
    return BadInput(f"{what} failed on the server ({type(error).__name__}, {code}).", "Mend it there.")
