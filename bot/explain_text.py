"""An explanation in plain words, Chinese or English: what, and why.

Whatever an explanation holds has a wording here; a word without one is shown as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.explain import PASSED, Explanation, Found, Step
from bot.text import shortened

_MOST_WORDS: Final = 6  # shown on either side
_LEAST_EFFECT: Final = 0.05  # log-odds; less is noise
_LONGEST: Final = 100  # characters of a title
_MEASURED: Final = frozenset({"below", "decides", "out_of_scope"})

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "understood": "What was understood",
        "found": "What was found",
        "decided": "What was decided, and why",
        "follows": 'Read as a follow-up: "{text}"',
        "language": "Language: {language}.",
        "intent": "Most likely meant: {intent}, {share} sure.",
        "others": "Also possible: {others}.",
        "no_intent": "No intent was recognised.",
        "in_scope": "Our business at all: {share} likely.",
        "words_for": "Words that speak for it (how far the log-odds fall without "
        "each): {words}.",
        "words_against": "Words that speak against it: {words}.",
        "words_missing": "The words' effects cannot be told: {why}.",
        "nothing_found": "Nothing fits.",
        "row": '{mark} "{title}" {score} (by words {words}, by meaning {meaning})',
        "result": "Result: {action}. {origin}",
        "release": "Release {version}, {ms:.0f} ms.",
        "uncertainty": "Uncertainty: {share} of the most there can be.",
        "passed_on": "For the person who takes over: {known}.",
        "angry": "The customer was too angry by then (temper {temper:.2f}), so a "
        "person was asked for instead of: {instead}.",
    },
    "zh": {
        "understood": "理解",
        "found": "检索",
        "decided": "决定及理由",
        "follows": "按追问理解：“{text}”",
        "language": "语言：{language}。",
        "intent": "最可能的意图：{intent}，把握 {share}。",
        "others": "其他可能：{others}。",
        "no_intent": "没有识别出意图。",
        "in_scope": "属于业务范围的可能性：{share}。",
        "words_for": "支持该意图的词（去掉该词后对数几率下降多少）：{words}。",
        "words_against": "不支持该意图的词：{words}。",
        "words_missing": "无法说明各词的作用：{why}。",
        "nothing_found": "没有找到合适的内容。",
        "row": "{mark} “{title}” {score}（按字词 {words}，按语义 {meaning}）",
        "result": "结果：{action}。{origin}",
        "release": "版本 {version}，{ms:.0f} 毫秒。",
        "uncertainty": "不确定程度：最大值的 {share}。",
        "passed_on": "供接手的客服参考：{known}。",
        "angry": "此时客户的怒气过高（{temper:.2f}），因此改为登记人工服务，"
        "原本会：{instead}。",
    },
}

_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "answer": "an answer",
        "clarify": "a question back",
        "hand_over": "a request for a person",
        "decline": 'an honest "I don\'t know"',
        "small_talk": "small talk or a notice",
        "approved": "An approved answer, word for word.",
        "generated": "Said from what is marked *, and checked against it; the writer "
        "read what is marked + too.",
        "fixed": "One of kefu's own sentences.",
        "exact": "an approved question, word for word",
        "corrected": "much like a question that somebody corrected",
        "intent": "the approved answer to what the customer wants",
        "match": "much like an approved question",
        "ground": "a reply written from passages",
        "decides": "yes, so this decided",
        "decided": "not needed any more",
        "other_words": "no approved question reads like this",
        "not_corrected": "the nearest question is no correction",
        "no_intent": "no intent was recognised",
        "no_answer": "this intent has no approved answer",
        "below": "below the threshold",
        "nothing_found": "nothing was found",
        "no_generator": "replies are not written here",
        "out_of_scope": "more likely none of our business",
        "refused": "a reply was tried and did not leave",
        "asked_enough": "it has asked back often enough",
        "no_choices": "what is likely has no approved question to offer",
        "failed": "no",
        "no_words": "the text has no words that the model reads",
        "zh": "Chinese",
        "en": "English",
        "kind choice": "A choice of an earlier question was taken.",
        "kind related": "A related question under an earlier answer was taken.",
        "kind asked": "The customer asked for a person.",
        "kind offered": "The customer took the offer of a person.",
        "kind command": "This is a command: {reason}.",
        "kind unreadable": "The message could not be read as a question: {reason}.",
        "kind taking_part": "An agent said this to the customer; kefu kept silent.",
        "kind unknown": "Nothing was recorded about how this turn was decided.",
        "too_long": "too long",
        "not_text": "not text",
        "emoji": "only emoji",
        "empty": "no words",
        "choice_gone": "the choice is no longer open",
    },
    "zh": {
        "answer": "回答",
        "clarify": "反问确认",
        "hand_over": "登记人工服务",
        "decline": "如实说明不知道",
        "small_talk": "寒暄或提示",
        "approved": "逐字使用已审核的答案。",
        "generated": "出自标 * 的资料，并与资料核对过；写回复时还读了标 + 的资料。",
        "fixed": "kefu 的固定用语。",
        "exact": "与已审核的问题逐字相同",
        "corrected": "与被更正过的问题很相近",
        "intent": "客户所要事项的已审核答案",
        "match": "与已审核的问题很相近",
        "ground": "根据资料写回复",
        "decides": "是，由此决定",
        "decided": "不再需要",
        "other_words": "没有逐字相同的已审核问题",
        "not_corrected": "最相近的问题不是更正",
        "no_intent": "没有识别出意图",
        "no_answer": "该意图没有已审核的答案",
        "below": "低于阈值",
        "nothing_found": "没有找到",
        "no_generator": "此处不写回复",
        "out_of_scope": "多半不属于业务范围",
        "refused": "写过回复，但未通过检查",
        "asked_enough": "反问次数已够",
        "no_choices": "可能的意图没有可供选择的已审核问题",
        "failed": "否",
        "no_words": "文本中没有模型能读的词",
        "zh": "中文",
        "en": "英文",
        "kind choice": "客户选择了之前反问的选项。",
        "kind related": "客户选择了之前答案下的相关问题。",
        "kind asked": "客户要求人工服务。",
        "kind offered": "客户接受了转人工的提议。",
        "kind command": "这是一条命令：{reason}。",
        "kind unreadable": "消息无法作为问题来读：{reason}。",
        "kind taking_part": "这是人工客服对客户说的话，kefu 没有插话。",
        "kind unknown": "没有记录这一轮是怎样决定的。",
        "too_long": "太长",
        "not_text": "不是文字",
        "emoji": "只有表情",
        "empty": "没有文字",
        "choice_gone": "选项已失效",
    },
}


def lines(explained: Explanation, language: str = "") -> list[str]:
    """The explanation for people, line by line, in the turn's language or another."""
    language = language or explained.language
    said = _WORDS.get(language, _WORDS["en"])
    told = [*_decided(explained, said)]
    if explained.kind == "question":
        told = [
            said["understood"],
            *_indented(_understood(explained, said)),
            said["found"],
            *_indented(_found(explained.found, said)),
            said["decided"],
            *_indented(told),
        ]
    elif explained.found:
        told += [said["found"], *_indented(_found(explained.found, said))]
    return [
        *told,
        said["release"].format(
            version=explained.model_version, ms=explained.latency_ms
        ),
    ]


def _understood(explained: Explanation, said: Mapping[str, str]) -> Iterator[str]:
    if explained.follows:
        yield said["follows"].format(text=explained.text)
    yield said["language"].format(language=_name(explained.language, said))
    if explained.intent is None:
        yield said["no_intent"]
    else:
        share = _share(explained.confidence)
        yield said["intent"].format(intent=explained.intent, share=share)
        others = [
            f"{name} {_share(p)}"
            for name, p in explained.alternatives
            if name != explained.intent and p >= 0.005
        ]
        if others:
            yield said["others"].format(others=_listed(others, said))
    if explained.in_scope is not None:
        yield said["in_scope"].format(share=_share(explained.in_scope))
    yield from _effects(explained, said)


def _effects(explained: Explanation, said: Mapping[str, str]) -> Iterator[str]:
    ranked = sorted(explained.words, key=lambda each: -each.effect)
    speak = [each for each in ranked if each.effect >= _LEAST_EFFECT]
    against = [each for each in reversed(ranked) if each.effect <= -_LEAST_EFFECT]
    for name, some in (("words_for", speak), ("words_against", against)):
        if some:
            shown = [f"{each.text} {each.effect:+.2f}" for each in some[:_MOST_WORDS]]
            yield said[name].format(words=_listed(shown, said))
    if explained.words_missing and explained.intent is not None:
        why = _name(explained.words_missing, said)
        yield said["words_missing"].format(why=why)


def _found(found: tuple[Found, ...], said: Mapping[str, str]) -> Iterator[str]:
    if not found:
        yield said["nothing_found"]
    for each in found:
        yield said["row"].format(
            mark="*" if each.used else "+" if each.read else "-",
            title=shortened(each.title or each.knowledge_id, _LONGEST),
            score=f"{each.score:.2f}",
            words=_figure(each.by_words),
            meaning=_figure(each.by_meaning),
        )


def _decided(explained: Explanation, said: Mapping[str, str]) -> Iterator[str]:
    if explained.kind != "question" or not explained.steps:
        yield _reason(explained, said)
    for number, step in enumerate(explained.steps, start=1):
        yield f"{number}. {_step(step, said)}"
        yield from (f"   {line}" for line in step.detail)
    if explained.passed_on:
        known = [f"{name} {words}" for name, words in explained.passed_on]
        yield said["passed_on"].format(known=_listed(known, said))
    if explained.instead_of:
        yield said["angry"].format(
            temper=explained.temper, instead=_name(explained.instead_of, said)
        )
    yield said["result"].format(
        action=_name(explained.action, said), origin=_name(explained.origin, said)
    )
    if explained.uncertainty is not None:
        yield said["uncertainty"].format(share=_share(explained.uncertainty))


def _reason(explained: Explanation, said: Mapping[str, str]) -> str:
    names = _names(said)
    for name in (explained.reason, explained.kind):
        if f"kind {name}" in names:
            reason = _name(explained.reason, said)
            return names[f"kind {name}"].format(reason=reason)
    return names["kind unknown"]


def _step(step: Step, said: Mapping[str, str]) -> str:
    numbers = ""
    if step.because in _MEASURED and step.score is not None:
        numbers = f" ({step.score:.2f}"
        if step.threshold is not None:
            sign = "≥" if step.score >= step.threshold else "<"
            numbers += f" {sign} {step.threshold:.2f}"
        numbers += ")"
    mark = "→ " if step.result == PASSED else ""
    colon = "：" if said is _WORDS["zh"] else ": "
    return f"{mark}{_name(step.rule, said)}{colon}{_name(step.because, said)}{numbers}"


def _listed(parts: list[str], said: Mapping[str, str]) -> str:
    return ("，" if said is _WORDS["zh"] else ", ").join(parts)


def _indented(told: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"  {line}" for line in told)


def _names(said: Mapping[str, str]) -> Mapping[str, str]:
    return _NAMES["zh" if said is _WORDS["zh"] else "en"]


def _name(word: str, said: Mapping[str, str]) -> str:
    return _names(said).get(word, word)


def _share(number: float) -> str:
    return f"{number:.0%}"


def _figure(number: float | None) -> str:
    return "-" if number is None else f"{number:.2f}"
