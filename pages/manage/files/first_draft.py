"""Files that were brought become a draft: by the mapping among them, else by what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import BadInput
from data.load import Mapping
from pages.manage.files.change_role import adds, take
from pages.manage.files.file_roles import FileEntry, FileRole
from pages.manage.files.known_columns import as_before
from pages.manage.files.mapping_draft import Draft
from pages.manage.files.proposed_mapping import proposed
from pages.manage.shared.allowed_folders import check_inside, named_by, reads


def begin(
    paths: Sequence[Path], roots: tuple[Path, ...], uploaded: bool, known: Sequence[Mapping] = ()
) -> Draft:
    """A draft of these files of one folder: tables, and perhaps a mapping that names them.

    Without one they are read as one of `known`, the mappings by which was loaded before, else as is proposed.
    Errors: BadInput.
    """
    for path in paths:
        check_inside(path, roots)
    texts = [path for path in paths if path.suffix.lower() == ".toml"]
    tables = tuple(path for path in paths if path not in texts)
    if len(texts) > 1:
        raise BadInput("There are two mappings among the files.", "Bring one of them.")
    folder = paths[0].parent
    seen = FileEntry(next(iter(tables), paths[0]))
    if texts:
        mapping = replace(_brought(texts[0], tables, roots), folder=folder)
        draft = Draft(folder, roots, uploaded, mapping, tables if uploaded else (), seen, written=True)
        return draft.look_at_part(mapping.main)
    found, reasons = proposed(tables)
    mapping = replace(found.mapping, folder=folder)
    told = _faults(mapping)
    remarks = (*found.remarks, *(lack for lack in found.lacks if lack not in told))
    draft = Draft(folder, roots, uploaded, mapping, tables, seen, reasons=reasons, remarks=remarks)
    return as_before(draft.look_at_part(mapping.main), known)


def _faults(mapping: Mapping) -> tuple[str, ...]:
    """What the mapping lacks, which the page says in its own words."""
    try:
        mapping.check()
    except BadInput as fault:
        return (str(fault),)
    return ()


def with_more(draft: Draft, paths: Sequence[Path]) -> Draft:
    """The draft with files that came later: read where its mapping names them, else taken for what is proposed."""
    for path in paths:
        check_inside(path, draft.roots)
    seen = draft.seen
    draft = replace(draft, files=tuple(dict.fromkeys([*draft.files, *paths])))
    for path in [path for path in paths if FileEntry(path) in draft.entries]:
        draft = _with_one(draft, path)
    return draft.look(seen)


def _with_one(draft: Draft, path: Path) -> Draft:
    """With one more file for what it is proposed to be, where nothing else is that already."""
    try:
        found, _ = proposed([path])
        role = FileRole(found.mapping.main.subject)
        if adds(draft, path, role):
            return take(draft, FileEntry(path), role)
        why = f"other files bring the {role.label.lower()}, with other columns"
    except BadInput as error:
        why = error.problem.rstrip(".")
    return replace(draft, reasons=dict(draft.reasons) | {path.name: why})


def _brought(text: Path, tables: Sequence[Path], roots: tuple[Path, ...]) -> Mapping:
    """The mapping that came along, whose main file is the one that it names, else the only table left over."""
    mapping, folder = _read(text), text.parent
    main = mapping.main
    if main.database or (main.file is not None and reads(folder, main.file, roots)):
        return mapping
    others = [path for name in named_by(mapping) for path in reads(folder, name, roots)]
    free = [path for path in tables if path not in others]
    if len(free) == 1 and "*" not in (main.file or ""):
        return mapping.with_part(replace(main, file=free[0].name))
    held = f"the file of {main.kind.label.lower()}"
    called = f"{main.file}, {held}" if main.file else held
    raise BadInput(f"The mapping came without {called}.", "Bring both at once.")


def _read(path: Path) -> Mapping:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name} cannot be read as text.", "A mapping is a TOML file: see docs/mapping.md."
        ) from error
    return Mapping.from_text(text, path.parent)
