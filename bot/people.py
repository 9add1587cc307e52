"""Names and addresses where a text says so: "我叫张伟", "ship it to 12 High Street".

A name is believed only where it is introduced, an address only where it has a road or
a district and a number: what merely looks like one is left alone.
"""

import re
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程"
    "苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝"
    "龚邵万钱严覃武戴莫孔向汤"
)
_DOUBLE: Final = "欧阳|上官|司马|诸葛|东方|皇甫|慕容|司徒|令狐|夏侯"
_AFTER_NAME: Final = r"(?=[^\u4e00-\u9fff]|$|[我你的电手在要想是和收请,])"
_NAME_ZH: Final = re.compile(
    r"(?:我叫|我的名字(?:是|叫)|姓名|收货人|收件人|联系人|名字(?:是|叫))\s?[:是为叫改成]{0,2}\s?"
    rf"(?P<name>(?:{_DOUBLE}|[{_SURNAMES}])[\u4e00-\u9fff·]{{1,2}}?){_AFTER_NAME}"
)
_NAME_EN: Final = re.compile(
    r"\b(?:(?i:my\s+(?:full\s+)?name\s+is|my\s+name's|name\s?:|recipient\s?:?"
    r"|addressed\s+to))\s+(?P<name>[A-Z][a-z'\-]+(?:\s+[A-Z][A-Za-z'.\-]*){0,3})"
)
_PLACE: Final = (
    r"(?:[\u4e00-\u9fffA-Za-z0-9]{1,10}?"
    r"(?:自治区|特别行政区|街道|大道|胡同|小区|花园|大厦|广场|公寓|号院|号楼|单元|园区"
    r"|省|市|区|县|旗|镇|乡|村|路|街|巷|弄|里|苑|号|栋|幢|座|楼|层|室)-?)"
)
_ADDRESS_ZH: Final = re.compile(rf"{_PLACE}{{2,10}}+(?:\d{{1,4}}(?![\d元块]))?")
_LED: Final = re.compile(
    r"^.*?(?:地址|送货|收货|寄到|送到|寄往|寄给|发到|发往|住在|改到|改成|改为|送去|配送)"
    r"(?:是|为|到|在|改成|改为|:)?\s*|^(?:我们?|请|麻烦|就|人)?(?:住在?|在|到|是|从)"
)
_ROAD: Final = re.compile(r"[路街道巷弄村区县镇乡里苑园]|胡同")
_HOUSE: Final = re.compile(r"[\d一二三四五六七八九十]+(?:号|弄|栋|幢|座|楼|室|层|单元)")
_ADDRESS_EN: Final = re.compile(
    r"(?<![\w.$])\d{1,5}[A-Za-z]?\s+(?:[A-Z][\w'.\-]*\s+){1,4}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl"
    r"|Square|Sq|Terrace|Way|Parkway|Pkwy|Crescent)\b\.?"
    r"(?:,?\s+(?:Apt|Apartment|Suite|Unit|Flat|Floor)\.?\s+\w{1,6})?"
    r"(?:,\s*[A-Z][A-Za-z.\-]*(?:\s+[A-Z][A-Za-z.\-]*){0,2}){0,3}"
    r"(?:,?\s+(?:[A-Z]{2}\s+)?\d{5}(?:-\d{4})?)?"
)


def names(folded: str) -> list[Span]:
    """Where people's names stand."""
    return [
        match.span("name")
        for pattern in (_NAME_ZH, _NAME_EN)
        for match in pattern.finditer(folded)
    ]


def addresses(folded: str) -> list[Span]:
    """Where postal addresses stand."""
    found = [match.span() for match in _ADDRESS_EN.finditer(folded)]
    for match in _ADDRESS_ZH.finditer(folded):
        led = _LED.search(match.group())
        start = match.start() + (led.end() if led else 0)
        written = folded[start : match.end()]
        if _ROAD.search(written) and _HOUSE.search(written):
            found.append((start, match.end()))
    return found
