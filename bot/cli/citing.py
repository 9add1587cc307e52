"""Where a reply's sources are, so that a person can look them up."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.retrieve import Shelf
    from storage.records import Turn


def cited(turn: "Turn", shelf: "Shelf") -> list[dict[str, Any]]:
    """Each source with its title, and the file and the anchor it stands at.

    `file` is "" for a source that was retired meanwhile, `anchor` where the file has
    no headings.
    """
    found = []
    for source in turn.reply.sources:
        knowledge = shelf.get(source.knowledge_id)
        key = knowledge.source_key if knowledge else ""
        found.append(
            {
                "id": source.knowledge_id,
                "title": source.title,
                "score": round(source.score, 4),
                "file": knowledge.source if knowledge else "",
                "anchor": "#" + key.split("#", 1)[1] if "#" in key else "",
            }
        )
    return found
