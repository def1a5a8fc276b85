"""A message with fields in it, such as "Dear {{ first_name }}", written once and told to many customers.

Jinja2's sandbox renders it, and of its language only what such a message needs is let in: fields, `if`, comparisons, a
few filters. Nothing loops, calls, assigns, multiplies or looks into a value, so a message takes no longer and grows no
larger than its own text and the values in it; what a customer is called is data and is never read as a template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl
from jinja2 import Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from data.errors import BadRequest, did_you_mean

LONGEST_TEMPLATE, LONGEST_VALUE, LONGEST_OUTPUT, DEEPEST = 10_000, 500, 50_000, 25
FILTERS = ("upper", "lower", "title", "capitalize", "trim", "truncate", "default", "d", "escape", "e")
TESTS = ("defined", "undefined", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "in")
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Filter,
    nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Add, nodes.Sub,
    nodes.Neg, nodes.FloorDiv, nodes.Tuple, nodes.List, nodes.Keyword,
)  # fmt: skip
REFUSED = (
    ((nodes.Getattr, nodes.Getitem), "looks into a value", "Fields stand by themselves: {{ first_name }}."),
    ((nodes.Call, nodes.CallBlock), "calls something", "Use fields and filters: {{ name | upper }}."),
    ((nodes.For,), "repeats something", "Write each line by itself: {{ offer_1 }}, {{ offer_2 }}."),
)
LIKE = "Write fields as {{ first_name }}, and conditions as {% if country == 'Italy' %}Ciao{% endif %}."
HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"}
EMPTY = ("null", "none", "nan", "n/a", "undefined", "(unknown)", "-", "")
OURS = "code"
UNSEEN = (
    r"[\p{Cc}\p{Co}\p{Zl}\p{Zp}\u{202a}-\u{202e}\u{2066}-\u{2069}]+"  # breaks, and what turns the direction
)


class MissingField(Undefined):
    """A field that is not known of a customer: it reads as its default, and is neither true nor above any number."""

    __slots__ = ("_default",)

    def __init__(self, *told: Any, default: str = "", **named: Any) -> None:
        super().__init__(*told, **named)
        self._default = default

    def __str__(self) -> str:
        return self._default

    def __html__(self) -> str:
        return "".join(HTML.get(each, each) for each in self._default)

    def _is_not(self, other: object) -> bool:
        return False

    def _stays(self, *others: object) -> MissingField:
        return self

    __lt__ = __le__ = __gt__ = __ge__ = _is_not  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __floordiv__ = __neg__ = _stays  # type: ignore[assignment]


class Piece(NamedTuple):
    """A part of a message: `text` as it stands, the value of one field alone, or a template of several `fields`."""

    text: str = ""
    fields: tuple[str, ...] = ()
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message taken apart: `fields` are all that it names, `bare` those of them that would leave a gap where they
    are not known: they stand where neither a condition nor a default of the text's own catches that."""

    pieces: tuple[Piece, ...]
    fields: tuple[str, ...]
    bare: tuple[str, ...]
    is_html: bool

    def render(self, values: pl.DataFrame, defaults: Mapping[str, str]) -> pl.Series:
        """The message for each row of `values`, which has a column a field: text, numbers, null where not known.

        A piece is rendered once for each different set of its fields. Raises BadRequest where one cannot be rendered,
        or comes to more than `LONGEST_OUTPUT` letters.
        """
        known = known_values(values.select(self.fields))
        parts = [self._told(piece, known, defaults) for piece in self.pieces]
        if not parts or (known.is_empty() and self.fields):
            return pl.Series("sent", [""] * values.height, pl.String)
        told = pl.select(pl.concat_str(parts)).to_series().alias("sent")
        if not self.fields:
            return pl.Series("sent", [told[0]] * values.height, pl.String)
        if (told.str.len_chars() > LONGEST_OUTPUT).any():
            raise BadRequest(f"A message comes to more than {LONGEST_OUTPUT:,} letters.", "Shorten its text.")
        return told

    def _told(self, piece: Piece, known: pl.DataFrame, defaults: Mapping[str, str]) -> pl.Series | pl.Expr:
        if not piece.fields:
            return pl.lit(piece.text)
        if piece.template is None:
            (name,) = piece.fields
            column = known[name].cast(pl.String).fill_null(defaults.get(name, ""))
            return column.str.replace_many(list(HTML), list(HTML.values())) if self.is_html else column
        different = known.select(piece.fields).unique(maintain_order=True)
        rendered = [_rendered(piece.template, row, defaults) for row in different.iter_rows(named=True)]
        texts = different.with_columns(pl.Series("sent", rendered, pl.String))
        joined = known.join(texts, on=list(piece.fields), how="left", nulls_equal=True, maintain_order="left")
        return joined["sent"]


def known_values(values: pl.DataFrame) -> pl.DataFrame:
    """Values as messages may hold them: null where a text says nothing ("null", "(unknown)"), no breaks of lines and
    at most `LONGEST_VALUE` letters. The code of a contact is ours, and stays as it is.

    >>> known_values(pl.DataFrame({"name": ["Ann", "null", " ", "Bo\\u2028b"]}))["name"].to_list()
    ['Ann', None, None, 'Bo b']
    """

    def known(name: str) -> pl.Expr:
        text = pl.col(name).str.replace_all(UNSEEN, " ").str.strip_chars().str.head(LONGEST_VALUE)
        return pl.when(~text.str.to_lowercase().is_in(EMPTY)).then(text).alias(name)

    texts = [name for name, kind in values.schema.items() if kind == pl.String and name != OURS]
    return values.with_columns(map(known, texts))


@lru_cache(maxsize=256)
def message_template(text: str, form: str = "plain") -> MessageTemplate:
    """Raises BadRequest for what is no template, or asks for more than fields, conditions and filters."""
    if len(text) > LONGEST_TEMPLATE:
        raise BadRequest(f"That text has {len(text):,} letters.", f"Write {LONGEST_TEMPLATE:,} at most.")
    environment = _environment(form == "html")
    try:
        parsed = environment.parse(text)
        for each in parsed.body:
            _check(each, 1)
        pieces = tuple(_joined(_pieces(environment, parsed)))
    except TemplateSyntaxError as error:
        raise BadRequest(f"Line {error.lineno}: {(error.message or '').rstrip('.')}.", LIKE) from None
    except (TemplateError, RecursionError, MemoryError, SyntaxError, ValueError, OverflowError):
        raise BadRequest("That text is no message that can be read.", LIKE) from None
    names = tuple(dict.fromkeys(name for each in pieces for name in each.fields))
    bare = tuple(dict.fromkeys(_bare(parsed, frozenset())))
    return MessageTemplate(pieces, names, bare, form == "html")


def _environment(is_html: bool) -> ImmutableSandboxedEnvironment:
    found = ImmutableSandboxedEnvironment(
        autoescape=is_html, undefined=MissingField, keep_trailing_newline=True
    )
    found.globals.clear()
    return found


def _check(node: nodes.Node, depth: int) -> None:
    """Raises BadRequest for a node that messages do not have."""
    for kinds, does, remedy in REFUSED:
        if isinstance(node, kinds):
            raise BadRequest(f"Line {node.lineno} {does}, which a message cannot.", remedy)
    if not isinstance(node, ALLOWED):
        what = type(node).__name__.lower()
        raise BadRequest(f"Line {node.lineno} holds what a message cannot ({what}).", LIKE)
    if depth > DEEPEST:
        raise BadRequest(f"Line {node.lineno} nests conditions too deep.", "Write several variants instead.")
    _check_parts(node)
    for each in node.iter_child_nodes():
        _check(each, depth + 1)


def _check_parts(node: nodes.Node) -> None:
    if isinstance(node, nodes.Filter | nodes.Test):
        offered, what = (FILTERS, "filter") if isinstance(node, nodes.Filter) else (TESTS, "test")
        if node.name not in offered or node.dyn_args or node.dyn_kwargs:
            raise BadRequest(f"A message has no {what} {node.name!r}.", did_you_mean(node.name, offered))
    if isinstance(node, nodes.Const) and node.value is None:
        raise BadRequest(
            f"Line {node.lineno} says none, which customers would read.",
            "Ask for what is known: {% if city %}.",
        )
    if isinstance(node, nodes.FloorDiv) and not (isinstance(node.right, nodes.Const) and node.right.value):
        raise BadRequest(f"Line {node.lineno} divides by what may be 0.", "Divide by a number.")


def _pieces(environment: ImmutableSandboxedEnvironment, parsed: nodes.Template) -> Iterator[Piece]:
    """Each part by itself: nothing is assigned, so none knows of another."""
    for each in parsed.body:
        if not isinstance(each, nodes.Output):
            yield _piece(environment, each)
            continue
        for part in each.nodes:
            if isinstance(part, nodes.TemplateData):
                yield Piece(part.data)
            elif isinstance(part, nodes.Name):
                yield Piece("", (part.name,))
            else:
                yield _piece(environment, nodes.Output([part], lineno=part.lineno))


def _piece(environment: ImmutableSandboxedEnvironment, node: nodes.Node) -> Piece:
    names = tuple(sorted({each.name for each in node.find_all(nodes.Name)}))
    alone = nodes.Template([node], lineno=1)
    alone.set_environment(environment)
    template = environment.from_string(alone)
    return Piece("", names, template) if names else Piece(_rendered(template, {}, {}))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Texts that follow each other as one."""
    text = ""
    for each in pieces:
        if not each.fields:
            text += each.text
            continue
        if text:
            yield Piece(text)
        text = ""
        yield each
    if text:
        yield Piece(text)


def _bare(node: nodes.Node, guarded: frozenset[str]) -> Iterator[str]:
    """The fields that are printed where nothing has asked whether they are known."""
    if isinstance(node, nodes.Name):
        yield from () if node.name in guarded else (node.name,)
        return
    if isinstance(node, nodes.If):
        for each in node.body:
            yield from _bare(each, guarded | _asked(node.test))
        for each in (*node.elif_, *node.else_):
            yield from _bare(each, guarded)
        return
    if isinstance(node, nodes.CondExpr):
        yield from _bare(node.expr1, guarded | _asked(node.test))
        yield from _bare(node.expr2, guarded) if node.expr2 else ()
        return
    if isinstance(node, nodes.Or):
        yield from _bare(node.right, guarded)
        return
    if isinstance(node, nodes.Filter) and node.name in ("default", "d"):
        for each in node.args:
            yield from _bare(each, guarded)
        return
    for each in node.iter_child_nodes():
        yield from _bare(each, guarded)


def _asked(test: nodes.Node) -> frozenset[str]:
    """The fields that are known wherever a condition is met: `a`, `a and b`, `a == "x"`, `a is defined`."""
    if isinstance(test, nodes.Name):
        return frozenset([test.name])
    if isinstance(test, nodes.And):
        return _asked(test.left) | _asked(test.right)
    if isinstance(test, nodes.Test) and test.name == "defined":
        return _asked(test.node)
    if isinstance(test, nodes.Compare) and test.ops[0].op in ("eq", "lt", "lteq", "gt", "gteq", "in"):
        return _asked(test.expr)
    return frozenset()


def _rendered(template: Template, row: Mapping[str, Any], defaults: Mapping[str, str]) -> str:
    values = {
        name: MissingField(default=defaults.get(name, "")) if value is None else value
        for name, value in row.items()
    }
    try:
        return template.render(values)
    except Exception as error:  # whatever a value and an operator make of each other
        whom = "of some customers" if row else "of anybody"
        raise BadRequest(f"A part of the message cannot be told {whom}.", LIKE) from error
