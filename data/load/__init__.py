"""Files in: a mapping says which of their columns are which, and a load makes order lines of them.

read_mapping, propose and Mapping make mappings; preview shows what one would do; load does it.
"""

from data.load.load_run import load
from data.load.mappings.mapping import Mapping, read_mapping
from data.load.preview import Preview, head, preview
from data.load.proposal.propose_mapping import propose
from data.load.record.load_report import Books, Report
from data.sources.file import Options, columns

__all__ = [
    "Books",
    "Mapping",
    "Options",
    "Preview",
    "Report",
    "columns",
    "head",
    "load",
    "preview",
    "propose",
    "read_mapping",
]
