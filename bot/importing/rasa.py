"""Rasa projects: examples of intents, and responses as the answers to them.

The files are only composed into nodes: no object is ever made of a tag, and an alias
is refused, because a few of them unfold into more than any machine holds.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.importing.rows import Place, Read

MAX_YAML = 4 * 1024**2
FORM = "Rasa project"
_MARK = re.compile(r"\[([^\[\]]+)\](?:\(([^()]*)\)|\{([^{}]*)\})")
_BULLET = re.compile(r"^\s*[-*+]\s+(.*?)\s*$")
_SLOT = re.compile(r"\{[A-Za-z_]\w*\}")
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]")
_UTTER = "utter_"
_MOST_NESTED = 50
_MOST_VALUES = 100_000
_OTHERS = ("synonym", "regex", "lookup")


class _Unsafe(Exception):
    """An alias, or nesting beyond reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A value of a YAML document and its line: a text, a list or a mapping."""

    line: int
    value: Any  # str, list[_Item] or dict[str, _Item]

    def get(self, name: str) -> "_Item | None":
        return self.value.get(name) if isinstance(self.value, dict) else None

    def list(self, name: str) -> "list[_Item]":
        found = self.get(name)
        return found.value if found and isinstance(found.value, list) else []

    def text(self, name: str) -> str:
        found = self.get(name)
        return found.value.strip() if found and isinstance(found.value, str) else ""


def read_rasa(place: Place, text: str, others: Sequence[str] = ()) -> Iterator[Read]:
    """The labelled questions and answers of one of a project's files.

    Args:
        others: the texts of the project's other files: its stories and rules say
            which response answers which intent.
    """
    place = place.as_form(FORM)
    try:
        root = _document(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = f"it is not YAML: {getattr(error, 'problem', None) or error}"
        yield place.refuse(mark.line + 1 if mark else 0, why[:300], "mend the line")
        return
    except (_Unsafe, RecursionError, ValueError) as error:
        why = f"it cannot be read: {error}"[:300]
        yield place.refuse(0, why, "write it without & and *, and flat")
        return
    known = ("nlu", "responses", "stories", "rules", "intents")
    if not any(root.get(name) for name in known):
        why = "it is none of Rasa's files: there is no nlu, responses, stories or rules"
        yield place.refuse(0, why, "name nlu.yml, domain.yml, stories.yml, rules.yml")
        return
    for block in root.list("nlu"):
        yield from _examples(place, block)
    responses = root.get("responses")
    if responses is not None and isinstance(responses.value, dict):
        leads = _links([root, *_readable(others)])
        for name, texts in responses.value.items():
            yield from _response(place, name, texts, leads)


def _document(text: str) -> _Item:
    if len(text) > MAX_YAML:
        raise _Unsafe(f"it has more than {MAX_YAML // 1024**2} MB")
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if number > _MOST_VALUES:
            raise _Unsafe(f"it has more than {_MOST_VALUES:,} values")
        if isinstance(event, yaml.AliasEvent):
            raise _Unsafe("it holds aliases (*name)")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MOST_NESTED:
            raise _Unsafe("it is nested too deep")
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    return _Item(line=1, value={}) if node is None else _item(node)


def _item(node: yaml.Node) -> _Item:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return _Item(line=line, value=[_item(each) for each in node.value])
    if isinstance(node, yaml.MappingNode):
        pairs = ((str(key.value), _item(each)) for key, each in node.value)
        return _Item(line=line, value=dict(pairs))
    block = getattr(node, "style", None) in ("|", ">")
    return _Item(line=line + block, value=str(node.value))


def _readable(texts: Sequence[str]) -> Iterator[_Item]:
    """The other files that can be read; the others say so themselves."""
    for text in texts:
        try:
            yield _document(text)
        except (yaml.YAMLError, _Unsafe, RecursionError, ValueError):
            continue


def _links(roots: Sequence[_Item]) -> dict[str, str]:
    """Response -> the intent that it is first said to, by stories and rules."""
    leads: dict[str, str] = {}
    for root in roots:
        for story in [*root.list("rules"), *root.list("stories")]:
            intent = ""
            for step in story.list("steps"):
                action = step.text("action")
                if step.get("intent"):
                    intent = step.text("intent")
                elif intent and action.startswith(_UTTER):
                    leads.setdefault(action, intent)
                    intent = ""
                elif action:
                    intent = ""  # something else was done for that intent
    return leads


def _examples(place: Place, block: _Item) -> Iterator[Read]:
    intent = block.text("intent")
    if not intent:
        kind = next((name for name in _OTHERS if block.get(name)), "")
        why = f"a {kind or 'block'} is no intent's example"
        yield place.leave(block.line, why)
        return
    examples = block.get("examples")
    found = False
    for line, text in _lines(examples) if examples else ():
        found = True
        words, entities = marked(text)
        tokens, tags = tagged(words, entities)
        cells: dict[str, Any] = {"text": words, "intent": intent}
        yield place.row(line, cells | {"tokens": tokens, "tags": tags})
    if not found:
        why = f"the intent {intent!r} has no examples"
        yield place.refuse(block.line, why, "write some under examples: |")


def _lines(examples: _Item) -> Iterator[tuple[int, str]]:
    if isinstance(examples.value, list):  # the long form: - text: | ...
        for each in examples.value:
            if isinstance(each.value, str):
                yield each.line, each.value.strip()
            elif (text := each.get("text")) is not None:
                yield from _lines(text)
        return
    for number, line in enumerate(str(examples.value).split("\n"), examples.line):
        bullet = _BULLET.match(line)
        if bullet or line.strip():
            yield number, bullet[1] if bullet else line.strip()


def marked(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """An example without its entity marks, and (start, end, entity) of each."""
    pieces: list[str] = []
    entities: list[tuple[int, int, str]] = []
    at = length = 0
    for mark in _MARK.finditer(text):
        before = text[at : mark.start()]
        start = length + len(before)
        pieces += [before, mark[1]]
        length = start + len(mark[1])
        at = mark.end()
        name = _entity(mark[2], mark[3])
        if name:
            entities.append((start, length, name))
    return "".join([*pieces, text[at:]]), entities


def _entity(short: str | None, long: str | None) -> str:
    """ "city" of (city), (city:value) and {"entity": "city", "role": "from"}."""
    if short is not None:
        return short.partition(":")[0].strip()
    try:
        return str(json.loads("{" + (long or "") + "}").get("entity", ""))
    except ValueError:
        return ""


def tagged(
    text: str, entities: Sequence[tuple[int, int, str]]
) -> tuple[list[str], list[str]]:
    """Tokens and BIO tags, as `kefu evaluate entities` reads them."""
    tokens: list[str] = []
    tags: list[str] = []
    for token in _TOKEN.finditer(text):
        tag = "O"
        for start, end, name in entities:
            if start <= token.start() and token.end() <= end:
                inside = bool(tags) and tags[-1].endswith(f"-{name}")
                going_on = inside and token.start() > start
                tag = f"{'I' if going_on else 'B'}-{name}"
        tokens.append(token.group())
        tags.append(tag)
    return tokens, tags


def _response(
    place: Place, name: str, texts: _Item, leads: dict[str, str]
) -> Iterator[Read]:
    """One answer; a response's other wordings and its buttons are named."""
    intent = leads.get(name) or name.removeprefix(_UTTER)
    variants = texts.value if isinstance(texts.value, list) else [texts]
    taken = False
    for each in variants:
        text = each.text("text")
        if not text:
            why = f"{name} has no text here"
            yield place.refuse(each.line, why, "write its text")
        elif _SLOT.search(text):
            why = f"{name} fills in a slot, {_SLOT.findall(text)[0]}"
            yield place.refuse(each.line, why, "write the answer without it")
        elif taken:
            why = f"{name} has several texts; an answer is said in one"
            yield place.leave(each.line, why)
        else:
            taken = True
            yield place.row(each.line, {"intent": intent, "answer": text})
