"""What a program may not say: that it has acted, will act, or more than it knows.

Judged strictly, clause by clause. Only the shop's own approved words, repeated as they
stand, may promise anything.
"""

import re
from collections.abc import Sequence

from bot.polarity import clauses
from bot.text import normalise

# What a program that only answers can never keep, or never has done.
_WHO_EN = (
    r"(?:i|we|someone|somebody|(?:our|the|a) (?:team|agents?|staff|colleagues?|manager"
    r"|specialists?|supervisor|representative|support(?: team)?|courier|driver)"
    r"|one of (?:us|our \w+)|customer service|support|they|he|she|you)"
)
_ACTION_EN = (
    r"(?:call|phone|ring|contact|e-?mail|text|message|write|reach|get back|come back"
    r"|reply|respond|answer|send|resend|ship|deliver|dispatch|refund|reimburse|cancel"
    r"|change|update|check|look into|investigate|arrange|organi[sz]e|fix|sort|handle"
    r"|process|forward|escalate|pass|notify|inform|let you know|follow up|remind|make"
    r"|take care|ensure|guarantee|book|reserve|schedule|credit|waive|add|apply|give"
    r"|transfer|connect|replace|issue|create|open|file|register|submit|keep|prepare)"
)
_PROMISES_EN = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_WHO_EN}(?:'ll| will| shall|'m going to| am going to| are going to"
        rf"| is going to|'re going to|'d be happy to| would be happy to)"
        rf"(?: \w+ly| also| then| soon| now| gladly| happily| personally| just)*"
        rf"(?: be)? {_ACTION_EN}(?:ed|d|ing|s)?\b",
        r"\b(?:i|we)(?:'ve| have|'d| had)(?: just| already| now)* "
        r"\w+(?:ed|en|nt|ne|de)\b",
        r"\b(?:i|we)(?:'m| am|'re| are)(?: \w+ly| now| just| already)* "
        r"(?:check|look|process|send|refund|cancel|call|transfer|connect|forward"
        r"|arrang|investigat|handl|work|updat|fix|sort)\w*",
        r"\b(?:i|we) (?:just |already )?(?:sent|refunded|cancell?ed|changed|updated"
        r"|checked|forwarded|escalated|arranged|notified|booked|processed|fixed|called"
        r"|contacted|shipped|dispatched|added|applied|registered|submitted)\b",
        r"\byou(?:'ll| will)(?: \w+ly| soon| shortly)* (?:be (?:contacted|called"
        r"|notified|refunded|reimbursed|informed|updated|compensated)"
        r"|hear (?:back|from)"
        r"|(?:get|receive|have) (?:a|an|our|my|your) (?:full )?(?:call|e-?mail|reply"
        r"|response|answer|refund|update|message|confirmation|replacement|compensation))",
        r"\byour (?:order|parcel|package|refund|request|account|return|complaint|item"
        r"|case|ticket)\w* (?:has|have) (?:now |just |already )?been \w+",
        r"\byour (?:order|parcel|package|refund|item|return)\w* (?:is|are) (?:on (?:its"
        r"|the) way|being \w+|out for delivery|cancell?ed|refunded|shipped|ready)",
        r"\byour (?:order|parcel|package|refund|item|money|replacement)\w* will "
        r"(?:definitely |certainly |surely |soon |be |arrive|come|reach)",
        r"\b(?:i|we) (?:promise|guarantee|assure|swear|undertake|commit)\b",
        r"\b(?:leave it (?:to|with) (?:me|us)|rest assured|consider it done"
        r"|on its way to you"
        r"|let me (?:check|look|call|see|find|arrange|transfer|connect))",
        r"\bone moment|just a (?:moment|second|minute)|please hold|bear with",
    )
)
_ZH_WHO = (
    r"(?:我们?|咱们?|小编|小助手|本店|店家|客服(?:人员|专员)?|工作人员|专员|专人|同事"
    r"|有人|经理|主管|快递员|师傅)"
)
_ZH_ACTION = (
    r"(?:回电|回拨|回访|来电|致电|打电话|电话联系|联系您?|回复您?|答复|通知您?|告知|处理"
    r"|退款|退还|退回|退给|补发|补寄|重发|重寄|发货|寄出|寄给|发送|安排|跟进|跟踪|转达|转交"
    r"|转接|反馈|上报|催促|催一下|催单|核实|核查|查询|查一下|查看一下|帮您|为您|给您|替您"
    r"|取消|修改|更改|登记|备注|提交|预约|预留|保留|赔偿|补偿|减免|免除|赠送|送您|提醒|解决)"
)
_PROMISES_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ZH_WHO}[^,.;!?]{{0,6}}(?:会|将|马上|立即|立刻|尽快|这就|稍后|随后|一会儿?|待会儿?"
        rf"|来|正在|去|先|帮|给|替)[^,.;!?]{{0,8}}{_ZH_ACTION}",
        rf"(?:稍后|随后|一会儿?|待会儿?|尽快|马上|立即|立刻|很快|这就|近期|回头)[^,.;!?]{{0,8}}"
        rf"(?:会|将|就|给|为|帮|与|跟|有)[^,.;!?]{{0,8}}{_ZH_ACTION}",
        r"(?:已经?|刚刚?|正在)(?:帮|为|给|替)(?:您|你|亲)",
        rf"(?:会|将)(?:有|由|安排|派)[^,.;!?]{{0,10}}{_ZH_ACTION}",
        r"(?:为|给|帮|替)(?:您|你|亲)[^,.;!?]{0,6}(?:退款|补发|重发|催|登记|取消|修改|安排|处理"
        r"|查询|查一下|核实|反馈|转接|申请|跟进|回电|预约|联系)(?:了|好|完|成功|一下|中|$)?",
        r"(?:您|你)的(?:订单|包裹|快递|退款|申请|请求|账号|账户|投诉|商品|件)"
        r"(?:已经?|正在|马上|很快|即将|肯定|一定|今天|明天|会)",
        r"(?:您|你)(?:会|将|稍后会|很快会|就能|即将)[^,.;!?]{0,6}(?:收到|接到|拿到)",
        r"保证|承诺|包您|绝对|放心交给|包在我|一定(?:会|能|给|帮|让|尽快)|肯定(?:会|能|给|帮)",
        r"请?稍等|稍候|请等一下|等我|我(?:去|来|先)?(?:查|看|问)(?:一下|看|查)?|马上(?:就好|处理|安排|查)",
    )
)

# Claims that must be in a source in the same sense: any form of one row is that claim.
_ABSOLUTES: tuple[tuple[str, str], ...] = (
    (
        "free of charge",
        r"\bfree\b(?! to\b)|\bno (?:extra )?(?:charge|cost|fee)s?\b|\bcomplimentary\b"
        r"|\bgratis\b|免费|包邮|免邮|免运费|不收费|不另?收|白送|零元|不用钱|不要钱|无需付费",
    ),
    ("a guarantee", r"\bguarantee[ds]?\b|\bwarrant(?:y|ies|ed)\b|保修|质保|保障|担保"),
    ("compensation", r"\bcompensat\w+|\bvouchers?\b|赔偿|补偿|赔付|理赔|代金券"),
    ("a coupon", r"\bcoupons?\b|优惠券|红包|抵用券"),
    ("a discount", r"\bdiscounts?\b|% ?off\b|\bon sale\b|打折|折扣|优惠价|特价|便宜"),
    ("a gift", r"\bgifts?\b|赠品|礼品|礼物|赠送"),
    ("a refund", r"\brefund\w*|\bmoney back\b|\breimburs\w+|退款|退钱|返现|退还"),
    ("a return", r"\breturn(?:s|ed|ing|able)?\b|退货|退回|包退|退换"),
    ("an exchange", r"\bexchang\w+|换货|包换|退换|调换|更换"),
    ("a replacement", r"\breplac\w+|补发|重发|补寄|更换|换新|新的一件"),
    ("everything", r"\b(?:always|everything|all (?:items|orders|products)|any time"
     r"|anytime|unlimited|without exception|24/7|around the clock)\b"
     r"|所有|全部|任何|一律|全都|随时|无限|永久|终身|全天候|24小时|7x24"),
    ("at once", r"\b(?:immediately|instantly|right away|at once|straight away"
     r"|on the spot|in no time)\b|立即|立刻|马上|即时|秒到|当场|实时"),
    ("never", r"\bnever\b|\bnot? (?:ever|at all)\b|从不|永不|绝不|从来没"),
    ("legal words", r"\b(?:illegal|legally|lawsuits?|court|liab\w+|certified)\b"
     r"|违法|法律责任|起诉|认证"),
    ("health words", r"\b(?:non-?toxic|harmless|medical(?:ly)?|cures?|hypoallergenic"
     r"|BPA(?:-free)?)\b|无毒|无害|治疗|不含BPA|食品级|母婴级"),
)  # fmt: skip
_ABSOLUTE = tuple((name, re.compile(form, re.I)) for name, form in _ABSOLUTES)


def promises(draft: str, sources: Sequence[str]) -> list[str]:
    """Promises and claims of having acted, as written, that no source makes.

    A promise in the shop's own approved words may be repeated word for word.
    """
    allowed = [clause.text for source in sources for clause in clauses(source)]
    found: list[str] = []
    for clause in clauses(draft):
        if clause.text in allowed:
            continue
        for pattern in (*_PROMISES_EN, *_PROMISES_ZH):
            match = pattern.search(clause.text)
            if match is not None:
                found.append(match.group().strip())
                break
    return found


def unfounded(draft: str, sources: Sequence[str]) -> list[str]:
    """The names of the strong claims in a draft that no source makes."""
    said, known = normalise(draft), normalise("\n".join(sources))
    return [
        name for name, form in _ABSOLUTE if form.search(said) and not form.search(known)
    ]
