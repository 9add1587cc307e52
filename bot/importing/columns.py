"""What a column means, by its name in Chinese or English.

Names are compared without case, spaces, punctuation and what stands in brackets, so
"Standard_Question (en)" is "standard question". The first column of a meaning wins; a
column that means nothing to us is named in the report.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.importing.report import Kind

_NAMES = {
    "question": (
        "question questions q query prompt faq standardquestion canonicalquestion "
        "userquestion customerquestion instruction "
        "问题 问 问句 提问 标准问题 标准问 标准问法 "
        "用户问题 客户问题 常见问题 问题描述 咨询问题 問題"
    ),
    "answer": (
        "answer answers answer1 a reply response standardanswer approvedanswer "
        "completion output 答案 答案1 答 回答 答复 回复 标准答案 标准回答 参考答案 "
        "标准答复 回复内容 答案内容 解答 回覆"
    ),
    "intent": "intent intentname intentid 意图 意图名称 意图标识 意图名 意圖",
    "text": (
        "text content body passage utterance message sentence document paragraph "
        "文本 内容 正文 段落 语料 例句 用户说法 说法 原文 內容"
    ),
    "title": "title name subject topic documenttitle 标题 名称 主题 题目 文档标题 標題",
    "heading": "heading section subtitle header 小标题 章节 副标题 小节",
    "id": "id key 编号 标识 编码",
    "similar": "similarquestions similarquestion similar alternatives paraphrases "
    "相似问 相似问题 相似问法 扩展问 扩展问法 同义问 其他问法",
    "anchor": "anchor 锚点",
    "language": "language lang locale 语言 语种 語言",
    "path": "path url link file filename page 路径 链接 网址 文件 来源",
}
_MEANING = {name: field for field, names in _NAMES.items() for name in names.split()}
_LABELS = {"label", "labels", "category", "class", "tag", "标签", "类别", "分类"}
_OF_WORDS = ("tokens", "tags")  # entity marks: `kefu evaluate entities` reads them
_BRACKETS = re.compile(r"[(\[{（【].*?[)\]}）】]")
_LANGUAGES = {
    "zh": "zh cn chinese 中文 汉语 简体中文 中 chs zhs mandarin",
    "en": "en english 英文 英语 英 eng us uk gb",
}
_SPOKEN = {name: code for code, names in _LANGUAGES.items() for name in names.split()}


class Shape(StrEnum):
    """What one row of a file becomes."""

    ANSWER = "answer"
    PASSAGE = "passage"
    LABELLED = "labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a file: what its rows become, and where each part stands."""

    shape: Shape | None  # None: kefu cannot tell
    names: Mapping[str, str]  # meaning -> the file's own name
    unused: tuple[str, ...]


def known(name: str) -> str | None:
    """The meaning of a column's name, if it has one."""
    return _MEANING.get(_bare(name))


def understand(names: Iterable[str], kind: Kind | None) -> Columns:
    """What these columns mean together."""
    found: dict[str, str] = {}
    unused: list[str] = []
    for name in names:
        meaning = known(name)
        if meaning is None and kind is Kind.INTENTS and _bare(name) in _LABELS:
            meaning = "intent"
        if name in _OF_WORDS:
            continue
        if meaning is None or meaning in found:
            unused.append(name)
        else:
            found[meaning] = name
    return Columns(shape=_shape(found, kind), names=found, unused=tuple(unused))


def language_named(name: str) -> str | None:
    """ "zh-CN", "中文" or "English" as "zh" or "en"; None for any other language."""
    lowered = name.strip().lower()
    return _SPOKEN.get(lowered) or _SPOKEN.get(re.split(r"[-_]", lowered)[0])


def _shape(found: Mapping[str, str], kind: Kind | None) -> Shape | None:
    has = found.__contains__
    wording = has("question") or has("text")
    if kind is Kind.INTENTS:
        return Shape.LABELLED if has("intent") and wording else None
    if has("answer"):
        asked = wording or has("intent") or has("title")
        return Shape.ANSWER if asked else None
    if has("question") and has("text"):
        return Shape.ANSWER
    if has("intent") and kind is None and not has("title"):
        return Shape.LABELLED if wording else None
    named = any(map(has, ("title", "heading", "id", "path")))
    return Shape.PASSAGE if has("text") and named else None


def _bare(name: str) -> str:
    folded = unicodedata.normalize("NFKC", str(name)).casefold()
    letters = _BRACKETS.sub("", folded) or folded
    return "".join(character for character in letters if character.isalnum())
