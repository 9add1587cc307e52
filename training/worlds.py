"""Made-up shops: things, their properties, and how people ask for them.

Each line is one property: how it is stated and how it is asked, in both languages.
`{it}` is the thing, `{n}` a number, `{w}` a made-up word. Nothing here is true.
"""

from typing import Final, TypeAlias

Property: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]  # statements, questions

PROPERTIES: Final[dict[str, list[Property]]] = {
    "en": [
        (
            ("{it} costs ¥{n}.", "The price of {it} is ¥{n}."),
            ("How much is {it}?", "price of {it}", "what does {it} cost"),
        ),
        (
            ("{it} weighs {n} kg.", "The weight of {it} is {n} kg."),
            ("How heavy is {it}?", "weight of {it}?", "what does {it} weigh"),
        ),
        (
            (
                "{it} opens at {n}:00 and closes at {m}:30.",
                "The hours of {it} are {n}:00 to {m}:30.",
            ),
            (
                "When does {it} open?",
                "opening hours of {it}",
                "until what time can I come to {it}?",
            ),
        ),
        (
            (
                "{it} comes with a warranty of {n} months.",
                "We guarantee {it} for {n} months.",
            ),
            (
                "How long is the warranty on {it}?",
                "is there a guarantee for {it}",
                "{it} warranty?",
            ),
        ),
        (
            (
                "{it} is delivered in {n} to {m} days.",
                "Delivery of {it} takes {n} to {m} days.",
            ),
            (
                "How long until {it} arrives?",
                "delivery time {it}",
                "when will I get {it}",
            ),
        ),
        (
            ("{it} is made of {w}.", "We make {it} from {w} only."),
            (
                "What is {it} made of?",
                "material of {it}",
                "which material is used for {it}?",
            ),
        ),
        (
            ("{it} is available in {w} and {v}.", "You can have {it} in {w} or {v}."),
            (
                "Which colours does {it} come in?",
                "what versions of {it} are there",
                "colours {it}",
            ),
        ),
        (
            (
                "To reset {it}, hold the {w} button for {n} seconds.",
                "Press {w} for {n} seconds and {it} is reset.",
            ),
            (
                "How do I reset {it}?",
                "{it} is stuck, how can I restart it?",
                "reset {it}",
            ),
        ),
        (
            ("{it} holds {n} litres.", "The capacity of {it} is {n} litres."),
            (
                "How much fits into {it}?",
                "capacity of {it}",
                "how many litres does {it} hold",
            ),
        ),
        (
            (
                "{it} can be returned within {n} days.",
                "You may send {it} back for {n} days.",
            ),
            (
                "Can I return {it}?",
                "how long may I keep {it} before sending it back",
                "return period {it}",
            ),
        ),
        (
            ("{it} is made in {W}.", "Our workshop in {W} builds {it}."),
            (
                "Where is {it} made?",
                "which country does {it} come from",
                "origin of {it}",
            ),
        ),
        (
            (
                "Write to {w}@{v}.example about {it}.",
                "Questions on {it} go to {w}@{v}.example.",
            ),
            (
                "Who can I write to about {it}?",
                "e-mail for {it}",
                "contact address {it}",
            ),
        ),
        (
            ("Call {n}-{m} for help with {it}.", "The hotline for {it} is {n}-{m}."),
            (
                "Which number do I call about {it}?",
                "phone number {it}",
                "hotline for {it}?",
            ),
        ),
        (
            (
                "{it} needs {n} batteries of type {W}.",
                "Put {n} {W} batteries into {it}.",
            ),
            (
                "Which batteries does {it} need?",
                "batteries for {it}",
                "how do I power {it}",
            ),
        ),
        (
            (
                "Members pay {n} % less for {it}.",
                "There is a discount of {n} % on {it} for members.",
            ),
            (
                "Is there a discount on {it}?",
                "member price of {it}",
                "how much do members save on {it}",
            ),
        ),
        (
            (
                "{it} must not be washed above {n} degrees.",
                "Wash {it} at {n} degrees at most.",
            ),
            (
                "How hot may I wash {it}?",
                "washing {it}",
                "can {it} go into the machine",
            ),
        ),
        (
            ("The code for {it} is {W}{n}.", "Enter {W}{n} to get {it}."),
            (
                "What is the code for {it}?",
                "code {it}",
                "which code do I enter for {it}",
            ),
        ),
        (
            (
                "{it} was last updated on {n} {W}.",
                "The newest version of {it} is from {n} {W}.",
            ),
            ("When was {it} updated?", "newest version of {it}", "how old is {it}"),
        ),
        (
            ("{it} is sold out until {n} {W}.", "We expect {it} again on {n} {W}."),
            ("When is {it} back in stock?", "is {it} available", "{it} sold out?"),
        ),
        (
            (
                "At most {n} people can use {it} at once.",
                "{it} is for up to {n} people.",
            ),
            (
                "How many people can use {it}?",
                "{it} group size",
                "is {it} ok for a family",
            ),
        ),
        (
            ("You cannot pay for {it} with {w}.", "{w} is not accepted for {it}."),
            (
                "Can I pay for {it} with {w}?",
                "do you take {w} for {it}",
                "payment for {it}",
            ),
        ),
        (
            ("{it} starts on {W} at {n}:15.", "Every {W} at {n}:15 {it} begins."),
            ("When does {it} start?", "what day is {it}", "time of {it}"),
        ),
        (
            (
                "Parking at {it} costs ¥{n} an hour.",
                "At {it} you pay ¥{n} an hour for parking.",
            ),
            (
                "Is there parking at {it}?",
                "parking {it}",
                "what do I pay to park at {it}",
            ),
        ),
        (
            (
                "{it} is kept for {n} days and then deleted.",
                "We store {it} for {n} days.",
            ),
            (
                "How long do you keep {it}?",
                "when is {it} deleted",
                "storage time of {it}",
            ),
        ),
    ],
    "zh": [
        (
            ("{it}的价格是{n}元。", "{it}售价{n}元。"),
            ("{it}多少钱？", "{it}怎么卖", "{it}价格"),
        ),
        (
            ("{it}重{n}公斤。", "{it}的重量为{n}公斤。"),
            ("{it}有多重？", "{it}重量", "{it}沉不沉"),
        ),
        (
            ("{it}{n}:00开门，{m}:30关门。", "{it}的营业时间是{n}:00至{m}:30。"),
            ("{it}几点开门？", "{it}营业时间", "{it}晚上开到几点"),
        ),
        (
            ("{it}保修{n}个月。", "{it}享受{n}个月的质保。"),
            ("{it}保修多久？", "{it}有质保吗", "{it}坏了能免费修多长时间"),
        ),
        (
            ("{it}{n}至{m}天送达。", "{it}的配送需要{n}到{m}天。"),
            ("{it}多久能到？", "{it}几天送到", "{it}配送要多长时间"),
        ),
        (
            ("{it}用{w}制成。", "{it}的材质是{w}。"),
            ("{it}是什么做的？", "{it}材质", "{it}用的什么材料"),
        ),
        (
            ("{it}有{w}色和{v}色两种。", "{it}可选{w}色或{v}色。"),
            ("{it}有哪些颜色？", "{it}颜色", "{it}能选什么色"),
        ),
        (
            ("重置{it}请长按{w}键{n}秒。", "按住{w}键{n}秒，{it}就会重启。"),
            ("{it}怎么重置？", "{it}死机了怎么办", "{it}重启"),
        ),
        (
            ("{it}容量为{n}升。", "{it}能装{n}升。"),
            ("{it}能装多少？", "{it}容量", "{it}是几升的"),
        ),
        (
            ("{it}{n}天内可以退货。", "{it}支持{n}天内退回。"),
            ("{it}可以退吗？", "{it}几天内能退", "{it}退货期限"),
        ),
        (
            ("{it}产自{w}。", "{it}是在{w}生产的。"),
            ("{it}产地是哪里？", "{it}哪里生产的", "{it}产地"),
        ),
        (
            (
                "{it}的问题请写信到{a}@{b}.example。",
                "{it}的联系邮箱是{a}@{b}.example。",
            ),
            ("{it}的邮箱是多少？", "{it}找谁联系", "{it}邮箱"),
        ),
        (
            ("{it}的热线是{n}-{m}。", "{it}请拨打{n}-{m}。"),
            ("{it}打哪个电话？", "{it}热线", "{it}客服电话"),
        ),
        (
            ("{it}需要{n}节{w}电池。", "{it}装{n}节{w}电池。"),
            ("{it}用什么电池？", "{it}电池", "{it}要装几节电池"),
        ),
        (
            ("会员买{it}优惠{n}%。", "{it}对会员减{n}%。"),
            ("{it}有优惠吗？", "{it}会员价", "会员买{it}能省多少"),
        ),
        (
            ("{it}水洗不能超过{n}度。", "{it}最高用{n}度的水洗。"),
            ("{it}怎么洗？", "{it}水温", "{it}能机洗吗"),
        ),
        (
            ("{it}的代码是{A}{n}。", "输入{A}{n}即可领取{it}。"),
            ("{it}的代码是什么？", "{it}代码", "{it}要输入什么"),
        ),
        (
            ("{it}于{n}月{m}日更新。", "{it}的最新版是{n}月{m}日的。"),
            ("{it}什么时候更新的？", "{it}最新版", "{it}更新日期"),
        ),
        (
            ("{it}缺货，{n}月{m}日到货。", "{it}预计{n}月{m}日补货。"),
            ("{it}什么时候有货？", "{it}还有吗", "{it}到货时间"),
        ),
        (
            ("{it}最多供{n}人使用。", "{it}适合{n}人以内。"),
            ("{it}能几个人用？", "{it}人数", "{it}一家人够用吗"),
        ),
        (
            ("{it}不支持用{w}付款。", "{w}不能用来支付{it}。"),
            ("{it}可以用{w}付吗？", "{it}付款", "买{it}能刷{w}吗"),
        ),
        (
            ("{it}每逢{w}日{n}:15开始。", "{w}日{n}:15是{it}。"),
            ("{it}什么时候开始？", "{it}是哪天", "{it}时间"),
        ),
        (
            ("{it}停车每小时{n}元。", "在{it}停车，一小时{n}元。"),
            ("{it}能停车吗？", "{it}停车费", "{it}停车怎么收费"),
        ),
        (
            ("{it}保留{n}天后删除。", "{it}只保存{n}天。"),
            ("{it}保存多久？", "{it}什么时候删除", "{it}留多少天"),
        ),
    ],
}

THINGS: Final = {
    "en": "the {w} lamp|the {w} pot|our {w} course|the {W} store|the {w} app|the {w} card|"
    "the {W} museum|{W} coffee|the {w} bike|the {W} hotel|the {w} parcel|your {w} file|"
    "the {w} ticket|the {w} plan|the {W} pool|the {w} phone|the {w} chair|the {w} tour|"
    "{W} Basic|{W} Pro|the {w} data|the {w} coat|the {w} report|the {W} library",
    "zh": "{w}台灯|{w}锅|{w}课程|{w}店|{w}应用|{w}卡|{w}博物馆|{w}咖啡|{w}自行车|{w}酒店|{w}包裹|{w}文件|"
    "{w}门票|{w}套餐|{w}泳池|{w}手机|{w}椅|{w}之旅|{w}基础版|{w}专业版|{w}数据|{w}外套|{w}报告|{w}图书馆",
}

FRAMES: Final = {
    "en": "{}?|{}|what about {}|Tell me about {}.|Can you explain {}?|I need to know {}|"
    "Question: {}|Hi, what do you say about {}?|Do you know {}?|please help me with {}|"
    "Is it true: {}?|how does {} work|Could you look up {} for me?|info on {}",
    "zh": "{}？|{}|{}是怎么回事|请问{}|我想了解{}|{}怎么说|帮我查一下{}|关于{}|你好，{}是怎样的？|亲，{}呢|"
    "能说说{}吗|{}有什么规定|麻烦问下{}|{}咋回事",
}
