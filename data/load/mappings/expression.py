"""The small language of a mapping's expressions: parsed as Python, allowed by name, compiled to SQL.

Only names, constants, arithmetic, comparisons, and/or/not, a conditional and the functions of `FUNCTIONS` are
known. Every constant becomes a parameter, so nothing that a mapping says is ever part of a statement.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from data.errors import BadInput, did_you_mean
from data.load.mappings.canonical_fields import Kind
from data.load.mappings.declared_check import wrong
from data.load.notation.number_notation import EXACT
from data.load.notation.times_of_day import second_sql

ARITHMETIC = {ast.Add: "+", ast.Sub: "-"}
# Keeps the places of a chain of products from adding up beyond what a decimal holds.
WIDE, ROOMY = "DECIMAL(38,12)", "DECIMAL(38,6)"
COMPARISON = {ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of SQL and what it yields. `column` marks a plain column, whose numbers are read its own way."""

    sql: str
    kind: Kind
    column: str | None = None


class Parameters:
    """The values of a statement, by the names that stand for them in it."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: its SQL with {0}, {1} ... for arguments of the kinds `takes`, and what it yields.

    The last kind of `takes` repeats where `many`.
    """

    sql: str
    takes: tuple[Kind, ...]
    yields: Kind
    many: bool = False


FUNCTIONS = {
    "starts_with": Function("starts_with({0}, {1})", ("text", "text"), "boolean"),
    "ends_with": Function("ends_with({0}, {1})", ("text", "text"), "boolean"),
    "contains": Function("contains({0}, {1})", ("text", "text"), "boolean"),
    "matches": Function("regexp_matches({0}, {1})", ("text", "text"), "boolean"),
    "missing": Function("({0} IS NULL)", ("text",), "boolean"),
    "lower": Function("lower({0})", ("text",), "text"),
    "upper": Function("upper({0})", ("text",), "text"),
    "trim": Function("trim({0})", ("text",), "text"),
    "replace": Function("replace({0}, {1}, {2})", ("text", "text", "text"), "text"),
    "substr": Function("substr({0}, ({1})::BIGINT, ({2})::BIGINT)", ("text", "number", "number"), "text"),
    "part": Function("split_part({0}, {1}, ({2})::BIGINT)", ("text", "text", "number"), "text"),
    "concat": Function("concat({0})", ("text",), "text", many=True),
    "text": Function("{0}", ("text",), "text"),
    "number": Function("{0}", ("number",), "number"),
    "abs": Function("abs({0})", ("number",), "number"),
    "round": Function("round({0}, ({1})::INTEGER)", ("number", "number"), "number"),
    "min": Function("least({0})", ("number",), "number", many=True),
    "max": Function("greatest({0})", ("number",), "number", many=True),
    "year": Function("year({0})", ("date",), "number"),
    "month": Function("month({0})", ("date",), "number"),
    "day": Function("day({0})", ("date",), "number"),
}
SPECIAL = ("coalesce", "column", "row")
KNOWN = (*FUNCTIONS, *SPECIAL)


ROW = "place"


@dataclass(frozen=True, slots=True)
class Compiler:
    """Turns expressions into SQL. `resolve` knows names, `number` and `moment` read a text term as what it says; `row`
    is SQL for which row of its file a row is, "" where some of its lines are no rows."""

    resolve: Callable[[str, bool], Term]
    number: Callable[[Term], str]
    moment: Callable[[Term, Kind], str]
    parameters: Parameters
    row: str = ROW

    def compile(self, text: str, kind: Kind) -> str:
        """SQL for `text` as a value of `kind`. Errors: BadInput in the words of the mapping."""
        return self.cast(self.read(text), kind)

    def read(self, text: str) -> Term:
        """What `text` yields. Errors: BadInput in the words of the mapping."""
        check_patterns(text, repr(text))
        return self.term(parse(text))

    def term(self, node: ast.expr) -> Term:
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise BadInput(
                f"{ast.unparse(node)!r} cannot stand in an expression.", "See docs/mapping.md for what can."
            )
        return handler(self, node)

    def cast(self, term: Term, kind: Kind) -> str:
        """The SQL of `term` as a value of `kind`."""
        if term.kind == kind:
            return term.sql
        if kind == "number":
            if term.kind == "text":
                return self.number(term)
            return f"CAST(({term.sql})::INTEGER AS {EXACT})" if term.kind == "boolean" else f"NULL::{EXACT}"
        if kind == "second":
            return second_sql(f"({term.sql})::VARCHAR")
        if kind in ("text", "verdict", "event"):
            return f"({term.sql})::VARCHAR"
        if kind in ("date", "moment"):
            if term.kind == "text":
                return self.moment(term, kind)
            return f"TRY_CAST(({term.sql})::VARCHAR AS {'DATE' if kind == 'date' else 'TIMESTAMP'})"
        return f"TRY_CAST(({term.sql})::VARCHAR AS BOOLEAN)"


def parse(text: str) -> ast.expr:
    """The tree of an expression. Errors: BadInput if it is none."""
    if len(text) > 2000:
        raise BadInput("An expression of the mapping is longer than 2,000 characters.", "Make it shorter.")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{text!r} is not an expression.", 'Write it like "quantity * unit_price".') from error


def names_in(text: str) -> set[str]:
    """The names that an expression refers to, functions left out."""
    tree = parse(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def may_name(text: str) -> set[str]:
    """Every name in an expression that may be a column's: bare names, and what column("...") says."""
    nodes = list(ast.walk(parse(text)))
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return said | {node.id for node in nodes if isinstance(node, ast.Name)}


def check_patterns(text: str, whose: str) -> None:
    """That `matches` can look for each pattern that the expression `text` spells out; `whose` names it.

    Errors: BadInput.
    """
    for node in ast.walk(parse(text)):
        pattern = _pattern(node)
        if pattern is not None and (problem := wrong(pattern)):
            raise BadInput(
                f"The expression {whose} could not be loaded: its pattern {pattern!r} is wrong: {problem}.",
                "Write a regular expression, such as '[0-9]{5}'.",
            )


def _pattern(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id="matches"), args=[_, ast.Constant(value=str(pattern))]):
            return str(pattern)
    return None


def _name(compiler: Compiler, node: ast.Name) -> Term:
    return compiler.resolve(node.id, False)


def _constant(compiler: Compiler, node: ast.Constant) -> Term:
    value = node.value
    if value is None:
        return Term("NULL::VARCHAR", "text")
    if isinstance(value, bool):
        return Term("true" if value else "false", "boolean")
    if isinstance(value, str):
        return Term(f"{compiler.parameters.add(value)}::VARCHAR", "text")
    if isinstance(value, (int, float)) and abs(value) < 1e12:
        return Term(f"{compiler.parameters.add(str(Decimal(repr(value))))}::{EXACT}", "number")
    raise BadInput(f"{value!r} cannot stand in an expression.", "Write a text, or a number below a billion.")


def _binary(compiler: Compiler, node: ast.BinOp) -> Term:
    left, right = compiler.term(node.left), compiler.term(node.right)
    if (
        isinstance(node.op, ast.Add)
        and left.kind == right.kind == "text"
        and not (left.column and right.column)
    ):
        return Term(f"({left.sql} || {right.sql})", "text")
    first, second = compiler.cast(left, "number"), compiler.cast(right, "number")
    if isinstance(node.op, ast.Div):
        return Term(f"CAST(({first}) / nullif({second}, 0) AS {EXACT})", "number")
    if type(node.op) not in (*ARITHMETIC, ast.Mult):
        raise BadInput(f"{ast.unparse(node)!r} cannot be computed here.", "Arithmetic is + - * and /.")
    if isinstance(node.op, ast.Mult):
        return Term(_product(first, second, _is_wide(node.left) or _is_wide(node.right)), "number")
    return Term(f"(({first}) {ARITHMETIC[type(node.op)]} ({second}))", "number")


def _is_wide(node: ast.expr) -> bool:
    return any(isinstance(each, (ast.Mult, ast.Div)) for each in ast.walk(node))


def _product(first: str, second: str, wide: bool) -> str:
    """A product in WIDE. DuckDB gives two narrow decimals no more room than one: 1,000,000 would not fit."""
    if wide:
        return f"CAST((({first})::{WIDE} * ({second})) AS {WIDE})"
    # The places of both add up to those of WIDE by themselves, which saves a slow division a row.
    return f"(({first})::{ROOMY} * ({second})::{EXACT})"


def _unary(compiler: Compiler, node: ast.UnaryOp) -> Term:
    term = compiler.term(node.operand)
    if isinstance(node.op, ast.Not):
        return Term(f"(NOT {compiler.cast(term, 'boolean')})", "boolean")
    if isinstance(node.op, (ast.USub, ast.UAdd)):
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        return Term(f"({sign}({compiler.cast(term, 'number')}))", "number")
    raise BadInput(f"{ast.unparse(node)!r} cannot be computed here.", "Use not, - or +.")


def _both(compiler: Compiler, node: ast.BoolOp) -> Term:
    word = " AND " if isinstance(node.op, ast.And) else " OR "
    return Term(
        "(" + word.join(compiler.cast(compiler.term(each), "boolean") for each in node.values) + ")",
        "boolean",
    )


def _compare(compiler: Compiler, node: ast.Compare) -> Term:
    terms = [node.left, *node.comparators]
    pairs = zip(terms, node.ops, terms[1:], strict=False)
    return Term("(" + " AND ".join(_pair(compiler, *each) for each in pairs) + ")", "boolean")


def _pair(compiler: Compiler, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
    if isinstance(op, (ast.In, ast.NotIn)):
        if not isinstance(right, (ast.Tuple, ast.List)) or not right.elts:
            raise BadInput(f"{ast.unparse(right)!r} is no list.", 'Write: channel in ("web", "mail").')
        choices = [_alike(compiler, left, each, "=") for each in right.elts]
        return ("NOT " if isinstance(op, ast.NotIn) else "") + f"({' OR '.join(choices)})"
    if type(op) not in COMPARISON:
        raise BadInput("'is' cannot stand in an expression.", "Use == or missing(...).")
    return _alike(compiler, left, right, COMPARISON[type(op)])


def _alike(compiler: Compiler, left: ast.expr, right: ast.expr, sign: str) -> str:
    """A comparison in the kind of the side that is not text, because files hold everything as text."""
    first, second = compiler.term(left), compiler.term(right)
    kind: Kind = first.kind if first.kind != "text" else second.kind
    return f"({compiler.cast(first, kind)} {sign} {compiler.cast(second, kind)})"


def _conditional(compiler: Compiler, node: ast.IfExp) -> Term:
    yes, no = compiler.term(node.body), compiler.term(node.orelse)
    kind = _common(yes, no)
    test = compiler.cast(compiler.term(node.test), "boolean")
    return Term(f"CASE WHEN {test} THEN {compiler.cast(yes, kind)} ELSE {compiler.cast(no, kind)} END", kind)


def _common(*terms: Term) -> Kind:
    kinds = {term.kind for term in terms}
    if len(kinds) == 1:
        return kinds.pop()
    # A column is text until something tells what it holds.
    return (kinds - {"text"}).pop() if len(kinds) == 2 and "text" in kinds else "text"


def _call(compiler: Compiler, node: ast.Call) -> Term:
    if (
        not isinstance(node.func, ast.Name)
        or node.keywords
        or any(isinstance(a, ast.Starred) for a in node.args)
    ):
        raise BadInput(
            f"{ast.unparse(node)!r} cannot stand in an expression.", "See docs/mapping.md for what can."
        )
    name = node.func.id
    if name == "column":
        return _column(compiler, node)
    if name == "coalesce" and node.args:
        terms = [compiler.term(each) for each in node.args]
        kind = _common(*terms)
        return Term(f"coalesce({', '.join(compiler.cast(each, kind) for each in terms)})", kind)
    if name == "row" and not node.args:
        return _row(compiler)
    if name not in FUNCTIONS:
        raise BadInput(f"There is no function {name!r}.", did_you_mean(name, KNOWN))
    return _function(compiler, name, node.args)


def _row(compiler: Compiler) -> Term:
    if not compiler.row:
        raise BadInput(
            "row() numbers the rows of a file, and some lines of this one are no rows: the numbers behind them would"
            " not be those of another reading.",
            "Mend the lines that the report names, or give the rows a number of their own.",
        )
    return Term(f"({compiler.row})::BIGINT::VARCHAR", "text")


def _column(compiler: Compiler, node: ast.Call) -> Term:
    only = node.args[0] if len(node.args) == 1 else None
    if not isinstance(only, ast.Constant) or not isinstance(only.value, str):
        raise BadInput(f"{ast.unparse(node)!r} names no column.", 'Write column("Unit price").')
    return compiler.resolve(only.value, True)


def _function(compiler: Compiler, name: str, nodes: list[ast.expr]) -> Term:
    function = FUNCTIONS[name]
    if not (len(nodes) == len(function.takes) or (function.many and nodes)):
        raise BadInput(
            f"{name} takes {len(function.takes)} arguments, not {len(nodes)}.", "See docs/mapping.md."
        )
    kinds = [function.takes[min(i, len(function.takes) - 1)] for i in range(len(nodes))]
    arguments = [compiler.cast(compiler.term(each), kind) for each, kind in zip(nodes, kinds, strict=True)]
    joined = [", ".join(arguments)] if function.many else arguments
    sql = function.sql.format(*joined)
    return Term(f"CAST({sql} AS {EXACT})" if function.yields == "number" else sql, function.yields)


_HANDLERS: dict[type[ast.expr], Callable[[Compiler, Any], Term]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _both,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Call: _call,
}
