"""A first mapping for files that nobody described yet: from their headers, and from what their values tell."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.engines import duckdb as engine
from data.errors import BadInput
from data.load import evidence
from data.load.evidence.sample import Sample, take
from data.load.fields import SUBJECT, SUBJECTS
from data.load.lookup import look_ups
from data.load.mapping import Join, Mapping, Part
from data.load.notice import Notice
from data.load.proposal import amount, beside, decisions, extras, rows_above
from data.load.proposal.about import About, about
from data.load.proposal.assignment import assign, score
from data.load.proposal.beside import Brought
from data.load.typed import type_rows
from data.sources.file import AS_FOUND, Options, Staged, stage

SAMPLE = 5000
LEAST_KEYS = 20
LISTED = {"customer": "customers", "product": "products", "channel": "channels", "partner": "partners",
          "campaign": "campaigns"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to start from, by subject what was noticed in its rows, and in words what was made of the files."""

    mapping: Mapping
    notices: Dict[str, tuple[Notice, ...]]
    remarks: tuple[str, ...] = ()


def propose(path: Path, source: str | None = None, options: Options = AS_FOUND) -> Mapping:
    """A mapping of one file of order lines to start from. It may lack required fields: `Mapping.check` says which.

    Errors: BadInput if the file cannot be read.
    """
    with engine.scratch() as connection:
        desk = _Desk(connection, options)
        brought = desk.bring(path)
        part, currency = desk.lines(brought, [])
    return Mapping(source or _source(path), (part,), currency=currency, folder=path.parent)


def propose_all(paths: Sequence[Path], source: str | None = None) -> Proposal:
    """A mapping of files that belong together: order lines, lists beside them, and whatever else they are about.

    Errors: BadInput if a file cannot be read, or none is about anything known.
    """
    with engine.scratch() as connection:
        desk = _Desk(connection, AS_FOUND)
        brought = [desk.bring(path) for path in paths]
        parts, currency = desk.parts(brought)
        if not parts:
            raise BadInput(
                f"Nothing tells what {paths[0].name} is about.",
                "Name its columns in a mapping: docs/mapping.md lists the subjects and their fields.",
            )
        main = next((part for part in parts if part.subject == "order_lines"), parts[0])
        order = {subject.name: at for at, subject in enumerate(SUBJECTS)}
        mapping = Mapping(
            source or _source(Path(main.file or "")),
            tuple(sorted(parts, key=lambda part: order[part.subject])),
            currency=currency,
            folder=paths[0].parent,
        )
        return Proposal(mapping, desk.notices(mapping), tuple(desk.remarks))


class _Desk:
    """The files of one proposal, laid out in a database of their own."""

    def __init__(self, connection: Any, options: Options) -> None:
        self.connection = connection
        self.options = options
        self.staged: dict[Path, Staged] = {}
        self.read_as: dict[Path, Options] = {}
        self.remarks: list[str] = []
        self.same: dict[Path, str] = {}

    def bring(self, path: Path) -> Brought:
        """Stage the beginning of a file."""
        table = f"raw{len(self.staged)}"
        options = self.options
        staged = stage(self.connection, path, table, options, SAMPLE)
        if options == AS_FOUND and (above := rows_above.rows_above(self.connection, staged, path)):
            options = replace(options, skip=above)
            staged = stage(self.connection, path, table, options, SAMPLE)
            self.remarks.append(f"{path.name}: the header is taken to stand in line {above + 1}.")
        self.staged[path], self.read_as[path] = staged, options
        sample = take(self.connection, Part("order_lines"), staged, [])
        return Brought(path, sample, about(sample, path.stem))

    def parts(self, brought: Sequence[Brought]) -> tuple[list[Part], str | None]:
        """The parts of a mapping of these files, and the currency of its amounts."""
        every = self._alike(brought)
        found: dict[str, Part] = {}
        used: set[Path] = set()
        currency = None
        main = _lines_among(every)
        if main is not None:
            others = [each for each in every if each is not main]
            found["order_lines"], currency = self.lines(main, others)
            used |= {main.path, *self._headers(found["order_lines"], others)}
        for each in every:
            if each.path not in used and (part := self._other(each, found, every)):
                found[part.subject] = part
                used |= {each.path, *self._joined(part, every)}
        if "order_lines" in found:
            found["order_lines"] = _without_listed(found)
        for each in every:
            if each.path not in used:
                self.remarks.append(f"{each.path.name}: nothing was made of it.")
        return list(found.values()), currency

    def lines(self, main: Brought, others: Sequence[Brought]) -> tuple[Part, str | None]:
        """Order lines with what other files tell of their orders."""
        part = self._part(main, "order_lines", assign(main.sample, "order_lines", without=("revenue",)))
        sample = main.sample
        for other in others:
            if join := _header(sample, part, other):
                part = replace(part, joins=(*part.joins, join))
                sample = self._joined_sample(main, part, others)
                more = assign(
                    sample, "order_lines", without=("revenue", *part.filled), taken=part.columns.values()
                )
                part = replace(part, columns=_in_order("order_lines", {**more, **part.columns}))
        part, sample = self._with_prices(main, part, sample, others)
        part = amount.with_amount(sample, decisions.with_dates(sample, part))
        part, currency = decisions.with_currency(sample, part)
        part, said = decisions.with_standing(sample.of(part), part)
        self.remarks += said
        part = replace(part, columns=_in_order("order_lines", part.columns))
        taken = {*part.columns.values(), *_mentioned(part)}
        part = replace(part, key=_key(sample, part), attributes=extras.attributes(main.sample, taken))
        return part, currency

    def _with_prices(
        self, main: Brought, part: Part, sample: Sample, others: Sequence[Brought]
    ) -> tuple[Part, Sample]:
        """Where the lines tell no amount, the price of their product from the file that has it."""
        if (
            "unit_price" in part.columns
            or "product" not in part.columns
            or amount.amount_columns(sample.of(part))
        ):
            return part, sample
        for other in others:
            theirs, found = assign(other.sample, "order_lines"), beside.key(sample, other)
            if "unit_price" in theirs and found and found.on == part.columns["product"]:
                part = replace(part, joins=(*part.joins, Join(other.path.name, found.on, found.to)))
                sample = self._joined_sample(main, part, others)
                prices = {name: column for name, column in assign(sample, "order_lines", taken=part.columns.values()).items()
                          if name in ("unit_price", "unit_cost")}  # fmt: skip
                return replace(part, columns=_in_order("order_lines", {**part.columns, **prices})), sample
        return part, sample

    def notices(self, mapping: Mapping) -> dict[str, tuple[Notice, ...]]:
        """What is noticed in each part of the mapping, as a preview would."""
        found = {}
        for part in mapping.parts:
            path = next(each for each in self.staged if self._name(each) == part.file)
            staged = self.staged[path]
            sides = look_ups(self.connection, part.joins, self._paths(part.joins), staged, SAMPLE)
            try:
                replace(mapping, parts=(part,)).check()
                self.remarks += type_rows(self.connection, part, staged, sides, "typed")
                found[part.subject] = evidence.notices(self.connection, part, staged, sides, "typed")
            except BadInput as error:
                self.remarks.append(str(error))
                found[part.subject] = evidence.noticed(take(self.connection, part, staged, sides))
        return found

    def _other(self, each: Brought, found: Dict[str, Part], every: Sequence[Brought]) -> Part | None:
        """The part of a file that is not about order lines, if anything is."""
        for fit in each.about:
            if fit.subject in found or (fit.subject == "order_lines" and found):
                continue
            if fit.is_list and not self._is_of(each, fit, found):
                continue
            return self._list(each, fit, every) if fit.is_list else self._part(each, fit.subject, fit.columns)
        return None

    def _is_of(self, each: Brought, fit: About, found: Dict[str, Part]) -> bool:
        """Whether a list is of members that other parts name, by their numbers."""
        member = next(name for name, subject in LISTED.items() if subject == fit.subject)
        naming = [part for part in found.values() if member in part.columns and part.kind.table is None]
        if not naming:
            return not found or fit.fit >= 1
        numbers = each.sample.texts[fit.columns[member]].drop_nulls().unique()
        for part in naming:
            path = next(path for path in self.staged if self._name(path) == part.file)
            sides = look_ups(self.connection, part.joins, self._paths(part.joins), self.staged[path], SAMPLE)
            texts = (
                take(self.connection, part, self.staged[path], sides)
                .texts[part.columns[member]]
                .drop_nulls()
                .unique()
            )
            if len(texts) and texts.is_in(numbers.implode()).mean() > 0:  # type: ignore[operator]
                return True
        return False

    def _list(self, each: Brought, fit: About, every: Sequence[Brought]) -> Part:
        """A list, with the names that other files have for its codes."""
        part = self._part(each, fit.subject, fit.columns)
        columns, joins = dict(fit.columns), []
        for other in every:
            if other is each or (
                other.best and not other.best.is_list and other.best.subject == "order_lines"
            ):
                continue
            found = beside.key(each.sample, other)
            missing = [field for field in SUBJECT[fit.subject].fields if field.name not in columns or columns[field.name] == (
                found.on if found else None)]  # fmt: skip
            told = {}
            for field in missing if found else ():
                for name in other.sample.texts:
                    if (
                        field.kind == "text"
                        and name != found.to
                        and score(fit.subject, field.name, beside.named(name, other.path))
                    ):  # type: ignore[union-attr]
                        told.setdefault(field.name, name)
            told = {
                field: name
                for field, name in told.items()
                if field in ("category", "subcategory", "department")
            }
            if found and told and fit.columns.get(fit.subject[:-1]) != found.on:
                joins.append(Join(other.path.name, found.on, found.to))
                own = each.sample.texts
                columns |= {
                    field: f"{other.path.stem}.{name}" if name in own else name
                    for field, name in told.items()
                }
        part = replace(part, columns=_in_order(fit.subject, columns), joins=tuple(joins))
        owner = SUBJECT[fit.subject].attribute_of
        return replace(
            part, attributes=extras.attributes(each.sample, {*columns.values(), *_mentioned(part)}, owner)
        )

    def _part(self, each: Brought, subject: str, columns: Dict[str, str]) -> Part:
        part = Part(
            subject, file=self._name(each.path), options=self.read_as[each.path], columns=dict(columns)
        )
        if subject == "order_lines":
            return part
        number = each.sample.texts.get(columns.get("number", ""))
        unique = (
            number is not None and number.null_count() == 0 and number.n_unique() == len(number) >= LEAST_KEYS
        )
        return replace(part, key=("number",)) if unique else part

    def _alike(self, brought: Sequence[Brought]) -> list[Brought]:
        """One of each header: files of the same columns are deliveries of one stream."""
        groups: dict[tuple[str, ...], list[Brought]] = {}
        for each in brought:
            groups.setdefault(tuple(each.sample.texts), []).append(each)
        kept = []
        for group in groups.values():
            kept.append(group[0])
            if len(group) > 1:
                self._note_same(group, brought)
        return kept

    def _note_same(self, group: Sequence[Brought], brought: Sequence[Brought]) -> None:
        paths = [each.path for each in group]
        found = beside.pattern(paths, [each.path for each in brought if each.path not in paths])
        if found:
            self.same[paths[0]] = found
        else:
            names = ", ".join(path.name for path in paths[1:])
            self.remarks.append(
                f"{names}: as {paths[0].name}, and not in the mapping: name them so that one pattern finds all."
            )

    def _name(self, path: Path) -> str:
        return self.same.get(path, path.name)

    def _paths(self, joins: Sequence[Join]) -> list[Path]:
        return [next(path for path in self.staged if path.name == join.file) for join in joins]

    def _joined(self, part: Part, others: Sequence[Brought]) -> set[Path]:
        files = {join.file for join in part.joins}
        return {each.path for each in others if each.path.name in files}

    def _headers(self, part: Part, others: Sequence[Brought]) -> set[Path]:
        """The files whose orders were looked up; one of products is a list beside."""
        lists = {each.path for each in others if each.best and each.best.is_list}
        return self._joined(part, others) - lists

    def _joined_sample(self, main: Brought, part: Part, others: Sequence[Brought]) -> Sample:
        sides = look_ups(self.connection, part.joins, self._paths(part.joins), self.staged[main.path], SAMPLE)
        return take(self.connection, part, self.staged[main.path], sides)


def _lines_among(every: Sequence[Brought]) -> Brought | None:
    """The file of order lines: the one that tells most of single lines."""
    rated = []
    for each in every:
        fit = each.as_subject("order_lines")
        if fit is None or (each.best is not fit and len(every) > 1 and not _is_near(each, fit)):
            continue
        detailed = {"product", "quantity", "unit_price", "line"} & set(fit.columns)
        rated.append((len(detailed), fit.fit, each))
    return max(rated, key=lambda each: each[:2])[2] if rated else None


def _is_near(each: Brought, fit: About) -> bool:
    best = each.best
    return best is not None and not best.is_list and fit.fit >= 0.8 * best.fit


def _header(sample: Sample, part: Part, other: Brought) -> Join | None:
    """The join of the orders of these lines, if another file tells of them what they lack."""
    theirs = assign(
        other.sample, "order_lines", without=("revenue", "quantity", "unit_price", "cost", "unit_cost")
    )
    lacking = {"date", "customer"} - set(part.columns)
    if not lacking & set(theirs):
        return None
    found = beside.key(sample, other)
    if (
        found is None
        or found.on == part.columns.get("customer")
        or ("date" in lacking and "date" not in theirs)
    ):
        return None
    return Join(other.path.name, found.on, found.to)


def _without_listed(found: Dict[str, Part]) -> Part:
    """The order lines without what lists say of their customers and products: of an address to ship to, say."""
    lines = found["order_lines"]
    listed = {name for subject in ("customers", "products", "channels") if subject in found
              for name in found[subject].columns if name not in LISTED}  # fmt: skip
    return replace(
        lines, columns={name: column for name, column in lines.columns.items() if name not in listed}
    )


def _in_order(subject: str, columns: Dict[str, str]) -> dict[str, str]:
    return {field.name: columns[field.name] for field in SUBJECT[subject].fields if field.name in columns}


def _mentioned(part: Part) -> set[str]:
    return {join.on for join in part.joins} | {join.to for join in part.joins}


def _key(sample: Sample, part: Part) -> tuple[str, ...]:
    """What tells one line from another, where it does in all rows that were seen."""
    order, line = (sample.texts.get(part.columns.get(name, "")) for name in ("order", "line"))
    if order is None or line is None or part.shape.fill or part.shape.only:
        return ()
    both = order + "\n" + line
    sure = both.null_count() == 0 and both.n_unique() == len(both) >= LEAST_KEYS
    return ("order", "line") if sure else ()


def _source(path: Path) -> str:
    return extras.identifier(path.stem.replace("*", "")) or "file"
