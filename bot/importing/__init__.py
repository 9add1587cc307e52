"""Bringing in what a company already knows: tables, JSON Lines, Markdown, Excel.

`import_paths` is the one door. A second import of the same files changes nothing, and
every row that is not taken is listed with its place, the reason and what to do.
"""

from bot.importing.importer import import_paths
from bot.importing.report import ImportReport, Kind, Rejected, kind_named

__all__ = ["ImportReport", "Kind", "Rejected", "import_paths", "kind_named"]
