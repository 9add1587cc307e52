"""Every fixed sentence that kefu says, in Chinese and English.

None of them promises what a bot cannot keep: a request is recorded, nobody's time is
promised. A language without a wording is spoken to in English.
"""

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    # --- what a customer meets --------------------------------------------------
    "start": {
        "en": "Hello! I'm the support assistant, a program, not a person. Ask me "
        "anything about our products and orders. Write /human at any time to ask "
        "for a person.",
        "zh": "您好！我是智能客服助手，是程序，不是真人。产品和订单方面的问题都可以"
        "问我。随时发送“转人工”，就会登记人工服务请求。",
    },
    "help": {
        "en": "Just write your question in your own words.\n"
        "/human - ask for a person\n"
        "/forget - erase what I remember of you\n/help - show this text\n"
        "Use the thumbs under an answer to tell us whether it helped.",
        "zh": "直接用您自己的话提问就可以。\n/human 或“转人工” - 请求人工服务\n"
        "/forget 或“忘记我” - 清除我记住的信息\n/help - 显示这段说明\n"
        "答案下面的大拇指可以告诉我们这个回答有没有帮助。",
    },
    "help_admin": {
        "en": "/train - learn from the feedback now\n/train status - how far it is\n"
        "/train stop - stop it\n/status - how things stand\n"
        "/releases - the trained versions\n/rollback [version] - go back to one",
        "zh": "/train - 立即根据反馈训练\n/train status - 训练进度\n"
        "/train stop - 停止训练\n/status - 运行状况\n"
        "/releases - 所有训练版本\n/rollback [版本] - 回退到某个版本",
    },
    "help_staff": {
        "en": "/why - why the last reply here is what it is",
        "zh": "/why - 这里上一个回答的依据",
    },
    "fallback": {
        "en": "I'm sorry, I don't know the answer to that. You could put it in other "
        "words, or write /human to ask for a person.",
        "zh": "抱歉，这个问题我回答不了。您可以换个说法再问一次，也可以发送“转人工”"
        "请求人工服务。",
    },
    "clarify": {
        "en": "I want to be sure I understand you. Which of these do you mean?",
        "zh": "我想确认一下您的意思。您想问的是下面哪一个？",
    },
    "none_of_these": {"en": "None of these", "zh": "都不是"},
    "talk_to_person": {"en": "Ask for a person", "zh": "转人工"},
    "hand_over": {
        "en": "I've recorded your request for a person, and our team will see it "
        "together with this conversation. You can keep asking me in the meantime.",
        "zh": "您的人工服务请求已登记，我们的客服人员会看到它和这段对话。"
        "在此期间您也可以继续问我。",
    },
    "hand_over_angry": {
        "en": "I'm sorry for the trouble you are having. I've recorded a request for "
        "a person, and our team will see it together with this conversation. You can "
        "keep writing to me in the meantime.",
        "zh": "非常抱歉给您带来了不好的体验。我已为您登记人工服务请求，我们的客服人员"
        "会看到它和这段对话。在此期间您也可以继续给我留言。",
    },
    "empty": {
        "en": "Your message has no words that I can read. What would you like to know?",
        "zh": "您的消息里没有我能读懂的文字。请问您想了解什么？",
    },
    "emoji": {
        "en": "Thank you! I understand words better than pictures. What can I do "
        "for you?",
        "zh": "谢谢！比起表情，我更看得懂文字。请问有什么可以帮您？",
    },
    "too_long": {
        "en": "That is more than I can read at once. Please send me the question "
        "itself, in at most {limit} characters.",
        "zh": "内容太长了，我一次读不完。请只发送问题本身，不超过{limit}个字。",
    },
    "not_text": {
        "en": "I can only read text, and this looks like a file. Please write your "
        "question in words.",
        "zh": "我只能读文字，这看起来像是一个文件。请用文字描述您的问题。",
    },
    "choice_gone": {
        "en": "That choice is no longer open. Please ask your question again.",
        "zh": "这个选项已经失效，请重新提问。",
    },
    "apology": {
        "en": "I'm sorry, something went wrong on our side and I could not work on "
        "your message. Please send it again, or write /human to ask for a person.",
        "zh": "非常抱歉，我们这边出了点问题，没能处理您的消息。请重新发送，"
        "或发送“转人工”请求人工服务。",
    },
    "forgotten": {
        "en": "Done. Order numbers, products and the language that I remembered of "
        "you are erased. What you wrote stays in the shop's log; ask a person if that "
        "should be erased too.",
        "zh": "好的，我记住的您的订单号、商品和语言偏好已经清除。您发过的消息仍在店铺的"
        "记录中，如需一并删除，请联系人工客服。",
    },
    # --- feedback ---------------------------------------------------------------
    "vote_good": {
        "en": "Thank you, noted that this helped.",
        "zh": "谢谢，已记下这个回答有帮助。",
    },
    "vote_bad": {
        "en": "Thank you, noted that this did not help. You can also tell us what the "
        "answer should have been.",
        "zh": "谢谢，已记下这个回答没有帮助。您也可以告诉我们正确的回答应该是什么。",
    },
    "vote_withdrawn": {
        "en": "Your vote is withdrawn.",
        "zh": "您的评价已撤回。",
    },
    "vote_gone": {
        "en": "That answer is no longer here, so the vote could not be counted.",
        "zh": "那条回答已经不在了，所以无法记录这次评价。",
    },
    "correction_live": {
        "en": "Thank you. From now on this question gets your answer.",
        "zh": "谢谢。从现在起，这个问题会按您的答案回复。",
    },
    "correction_pending": {
        "en": "Thank you, your suggestion is recorded. It is used only after our team "
        "has checked it.",
        "zh": "谢谢，您的建议已登记，经我们的客服人员审核后才会采用。",
    },
    "correction_empty": {
        "en": "The correction has no text, so nothing was changed.",
        "zh": "更正内容是空的，所以没有做任何修改。",
    },
    "correction_long": {
        "en": "The correction is longer than {limit} characters, so nothing was "
        "changed. Please shorten it.",
        "zh": "更正内容超过{limit}个字，没有做任何修改，请缩短后再试。",
    },
    "correction_gone": {
        "en": "The answer you corrected is no longer here, so nothing was changed.",
        "zh": "您要更正的回答已经不在了，所以没有做任何修改。",
    },
    "ask_vote": {
        "en": "I am not quite sure of this one. Did it help? A thumb up or down "
        "teaches me.",
        "zh": "这个回答我不太有把握。对您有帮助吗？点一下大拇指，我就能学到。",
    },
    # --- commands ---------------------------------------------------------------
    "not_allowed": {
        "en": "This command is for administrators only.",
        "zh": "这个命令仅供管理员使用。",
    },
}


def say(name: str, language: str, **parts: object) -> str:
    """A fixed sentence, in a language, with its parts filled in.

    Raises:
        KeyError: there is no such sentence.
    """
    wordings = PHRASES[name]
    return wordings.get(language, wordings["en"]).format(**parts)
