"""Made-up shops: things, their properties, and how people ask for them.

A property is how it is stated and how it is asked. `{it}` is the thing, `{n}` and
`{m}` numbers, `{w}`, `{v}` and `{W}` made-up words. Nothing here is true.
"""

from typing import Final, TypeAlias

from training import worlds_en, worlds_zh

Property: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]  # statements, questions

PROPERTIES: Final[dict[str, list[Property]]] = {
    "en": worlds_en.PROPERTIES,
    "zh": worlds_zh.PROPERTIES,
}

THINGS: Final = {
    "en": "the {w} lamp|the {w} pot|our {w} course|the {W} store|the {w} app|"
    "the {w} card|"
    "the {W} museum|{W} coffee|the {w} bike|the {W} hotel|the {w} parcel|your {w} file|"
    "the {w} ticket|the {w} plan|the {W} pool|the {w} phone|the {w} chair|the {w} tour|"
    "{W} Basic|{W} Pro|the {w} data|the {w} coat|the {w} report|the {W} library",
    "zh": "{w}台灯|{w}锅|{w}课程|{w}店|{w}应用|{w}卡|{w}博物馆|{w}咖啡|{w}自行车|"
    "{w}酒店|{w}包裹|{w}文件|{w}门票|{w}套餐|{w}泳池|{w}手机|{w}椅|{w}之旅|"
    "{w}基础版|{w}专业版|{w}数据|{w}外套|{w}报告|{w}图书馆",
}

FRAMES: Final = {
    "en": "{}?|{}|what about {}|Tell me about {}.|Can you explain {}?|"
    "I need to know {}|"
    "Question: {}|Hi, what do you say about {}?|Do you know {}?|please help me with {}|"
    "Is it true: {}?|how does {} work|Could you look up {} for me?|info on {}",
    "zh": "{}？|{}|{}是怎么回事|请问{}|我想了解{}|{}怎么说|帮我查一下{}|关于{}|"
    "你好，{}是怎样的？|亲，{}呢|能说说{}吗|{}有什么规定|麻烦问下{}|{}咋回事",
}
