"""What a mapping still lacks before its files can be loaded, in words."""

from __future__ import annotations

from data.errors import BadInput
from data.load.mappings.mapping import Part
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.allowed_folders import check_files

Words = tuple[str, str]


def lacking_fields(part: Part) -> tuple[str, ...]:
    """The required fields that nothing fills."""
    filled = set(part.filled)
    if part.kind.is_lines and {"quantity", "unit_price"} <= filled:
        filled.add("revenue")
    return tuple(name for name in part.kind.required if name not in filled)


def lacking(draft: Draft) -> Words | None:
    """Why nothing can be loaded yet, and what to do about it; None when all that is required is there."""
    parts = draft.mapping.parts
    if not parts:
        return "No file is used.", "Say above what one of them holds."
    found = next((words for part in parts if (words := _of(part, draft))), None)
    if found is not None:
        return found
    try:
        draft.mapping.check()
        check_files(draft.mapping, draft.folder, draft.roots)
    except BadInput as error:
        return error.problem, error.remedy
    return None


def _of(part: Part, draft: Draft) -> Words | None:
    words = _of_fields(part, draft) or _of_look_ups(part)
    if words is None or len(draft.mapping.parts) == 1:
        return words
    return f"{part.kind.label}: {words[0][:1].lower()}{words[0][1:]}", words[1]


def _of_fields(part: Part, draft: Draft) -> Words | None:
    missing = lacking_fields(part)
    if "date" in missing:
        what = "each line was sold" if part.kind.is_lines else "it was"
        return "No column is chosen for the date.", f"Choose above the one that says when {what}."
    if "revenue" in missing:
        return (
            "No amount is chosen.",
            "Choose above the amount of the line, or its quantity and the price of one.",
        )
    if missing:
        field = part.kind.field(missing[0])
        return (
            f"No column is chosen for the {field.label.lower()}.",
            f"Choose above the one that tells one {field.name} from another.",
        )
    must = (*part.kind.required, "is_return")
    awaited = [name for subject, name in draft.awaited if subject == part.subject and name in must]
    if awaited:
        return f"The field {awaited[0]} waits for its text.", "Write it above, or choose something else."
    if part.returns == "positive" and "is_return" not in part.filled:
        return (
            "Returns are to be turned, but nothing says which lines are returns.",
            "Fill “Is a return” above.",
        )
    return None


def _of_look_ups(part: Part) -> Words | None:
    loose = [join.file for join in part.joins if not join.on or not join.to]
    if loose:
        return f"Nothing says how {loose[0]} is looked up.", "Choose above the columns that are the same."
    return None
