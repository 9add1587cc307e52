"""A few public-looking texts, written where a test wants them."""

import gzip
import json
from pathlib import Path
from typing import Any

EN = (
    "Your parcel of {n} kg leaves the harbour store on Friday morning.",
    "A room with a view costs {n} dollars a night in the low season.",
    "The museum of old clocks opens at {n}:30 and closes at night.",
    "Please send the signed form to our office in Dublin before noon.",
    "The ferry to the island takes {n} minutes when the sea is calm.",
    "Our cooks bake bread with seeds for {n} guests every single day.",
)
ZH = (
    "您的包裹重{n}公斤，周五早上从海港仓库发出。",
    "淡季时带窗的房间每晚收费{n}元，含双人早餐。",
    "旧钟博物馆早上{n}点半开放，晚上关闭大门。",
    "请在中午之前把签好的表格寄到都柏林办公室。",
    "风平浪静的时候，坐船去小岛需要{n}分钟左右。",
    "厨师每天清晨为{n}位客人烤制带籽的面包。",
)


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


def write_texts(directory: Path) -> Path:
    """Some of each schema in both languages, with a file that must not be read."""
    for language, said in (("en", EN), ("zh", ZH)):
        folder = directory / f"set-{language}"
        lines = [said[place % 6].format(n=20 + place) for place in range(80)]
        asked = "Can you tell me about this, number {n}?"
        if language == "zh":
            asked = "请问编号{n}的事情可以告诉我吗？"
        turns = [
            {"role": "customer", "text": asked.format(n=place)} for place in range(80)
        ]
        write_rows(
            folder / "dialogues.train.jsonl.gz",
            [
                {
                    "id": f"{language}-{place}",
                    "turns": [
                        turns[place],
                        {"role": "agent", "text": lines[place]},
                        turns[(place * 7 + 1) % 80],
                        {"role": "agent", "text": lines[(place * 3 + 2) % 80]},
                    ],
                }
                for place in range(80)
            ],
        )
        write_rows(
            folder / "documents.jsonl",
            [
                {"title": f"{language} {place}", "text": joined}
                for place in range(60)
                for joined in [
                    (" " if language == "en" else "").join(
                        lines[(place * size + size) % 80] for size in (1, 2, 3, 5)
                    )
                ]
            ],
        )
        write_rows(
            folder / "qa.jsonl",
            [
                {"question": f"{language} {place}: {lines[place][:9]}?", "answer": line}
                for place, line in enumerate(lines)
            ],
        )
        write_rows(
            folder / "dialogues.dev.jsonl",
            [{"id": "x", "turns": [{"role": "customer", "text": "never read"}]}],
        )
    (directory / "set-en" / "README.md").write_text(
        "# English set\n\n- GitHub `some/repo` at commit `0123456789abcdef`: data\n\n"
        "## Licence\n\nMIT.\n\nAttribution: Somebody, 2020.\n",
        encoding="utf-8",
    )
    return directory
