"""The fixed words of the page, in Chinese and English.

Both languages have the same names; what the bot says is not here but comes with its
turns.
"""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh", "en")

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "html_lang": "en",
        "title": "Customer support",
        "greeting": "How can we help?",
        "about": "A program answers here at any hour, from texts that people approved.",
        "other_language": "中文",
        "other_lang": "zh",
        "other_html_lang": "zh-CN",
        "switch": "Switch to Chinese",
        "new": "New conversation",
        "messages": "Messages",
        "you": "You",
        "bot": "Support",
        "question": "Your question",
        "placeholder": "Ask a question",
        "send": "Send",
        "thinking": "Looking for the answer",
        "sources": "From",
        "good": "This helped",
        "bad": "This did not help",
        "correct": "What should it have said?",
        "correct_send": "Send",
        "correct_cancel": "Not now",
        "thanks": "Thank you.",
        "withdrawn": "Taken back.",
        "choices": "Choose one",
        "note": "Answers can be wrong.",
        "person": "Ask for a person",
        "person_says": "/human",
        "failed": "That did not get through. Please try again.",
        "retry": "Try again",
        "too_long": "That is too long to send at once.",
        "moved": "This page shows an older conversation. A new one has been started.",
        "no_script": "This chat needs JavaScript. Please switch it on.",
    },
    "zh": {
        "html_lang": "zh-CN",
        "title": "在线客服",
        "greeting": "您好，有什么可以帮您？",
        "about": "这里由程序随时为您解答，内容来自人工审核过的资料。",
        "other_language": "English",
        "other_lang": "en",
        "other_html_lang": "en",
        "switch": "切换到英文",
        "new": "新的对话",
        "messages": "消息",
        "you": "您",
        "bot": "客服",
        "question": "您的问题",
        "placeholder": "请输入您的问题",
        "send": "发送",
        "thinking": "正在查找答案",
        "sources": "来源",
        "good": "有帮助",
        "bad": "没有帮助",
        "correct": "应该怎么回答才对？",
        "correct_send": "提交",
        "correct_cancel": "暂不填写",
        "thanks": "谢谢您的反馈。",
        "withdrawn": "已撤回。",
        "choices": "请选择",
        "note": "回答可能有误。",
        "person": "转人工",
        "person_says": "转人工",
        "failed": "发送失败，请重试。",
        "retry": "重试",
        "too_long": "内容太长，请分几次发送。",
        "moved": "这个页面是较早的对话，已为您开始新的对话。",
        "no_script": "此页面需要启用 JavaScript。",
    },
}


def preferred(asked: str, remembered: str, accepted: str) -> str:
    """The page's language: asked for, else remembered, else the browser's."""
    for said in (asked, remembered):
        if said in LANGUAGES:
            return said
    for part in accepted.lower().split(","):
        language = part.split(";")[0].strip().split("-")[0]
        if language in LANGUAGES:
            return language
    return "en"
