"""The doors of the web chat: what is let in, what is refused, and how it is said."""

import re
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack

import httpx
import pytest

from adapters.web.words import WORDS, preferred
from storage.problems import EnvironmentProblem
from storage.records import Choice, Message, Role
from tests.web.conftest import Site
from tests.web.counter import HOURS_EN


def test_a_turn_comes_back_as_json(site: Site) -> None:
    with site.visitor() as visitor:
        turn = visitor.post("/api/chat", json={"text": "When are you open?"}).json()
    (message,) = site.counter.heard
    assert isinstance(message, Message)
    assert turn["text"] == HOURS_EN
    assert turn["sources"][0] == {"title": "Opening hours", "score": 0.93}
    assert (turn["action"], turn["language"]) == ("answer", "en")
    assert (turn["votable"], turn["model_version"]) == (True, "v0003")
    assert turn["conversation_id"] == message.conversation_id
    assert (message.platform, message.workspace) == ("web", "shop")
    assert message.role is Role.CUSTOMER


def test_a_choice_is_taken_by_its_number(site: Site) -> None:
    with site.visitor() as visitor:
        asked = visitor.post("/api/chat", json={"text": "which"}).json()
        assert not asked["votable"]
        body = {"turn_id": asked["turn_id"], "number": 0}
        assert visitor.post("/api/choice", json=body).json()["text"] == HOURS_EN
    assert isinstance(site.counter.heard[-1], Choice)


def test_the_cookie_is_out_of_reach_and_tells_no_conversation(site: Site) -> None:
    response = httpx.get(site.address, trust_env=False)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    secret = response.cookies["kefu_visitor"]
    assert len(secret) == 32
    assert secret not in response.text
    other = httpx.get(site.address, trust_env=False).cookies["kefu_visitor"]
    assert other != secret


def test_a_visitor_cannot_act_in_another_conversation(site: Site) -> None:
    with site.visitor() as alice, site.visitor() as mallory:
        turn = alice.post("/api/chat", json={"text": "open?"}).json()
        stolen = {"conversation_id": turn["conversation_id"], "text": "hi"}
        assert mallory.post("/api/chat", json=stolen).status_code == 409
        vote = {"turn_id": turn["turn_id"], "good": True}
        answer = mallory.post("/api/vote", json=vote)
        assert answer.json()["text"] == "That message is gone."
    with httpx.Client(base_url=site.address, trust_env=False) as nobody:
        assert nobody.post("/api/vote", json=vote).status_code == 409
        forged = {
            "kefu_visitor": turn["conversation_id"]
        }  # what is stored opens nothing
        nobody.cookies.update(forged)
        nobody.post("/api/chat", json={"text": "hi"})
    ids = [event.conversation_id for event in site.counter.heard]
    assert len(set(ids)) == 2
    assert len(site.counter.votes) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": ""}, 415),
    ],
)
def test_another_site_s_page_cannot_post(
    site: Site, headers: dict[str, str], status: int
) -> None:
    given = {"content-type": "application/json"} | headers
    with site.visitor() as visitor:
        for path in ("chat", "choice", "vote", "correct", "conversation"):
            response = visitor.post(
                f"/api/{path}", content=b'{"text": "hi"}', headers=given
            )
            assert response.status_code == status
            assert response.json()["error"]["code"] in {"KF-541", "KF-542"}
    assert site.counter.heard == []


def test_the_page_s_own_origin_may_post(site: Site) -> None:
    headers = {"origin": site.address, "sec-fetch-site": "same-origin"}
    with site.visitor() as visitor:
        response = visitor.post("/api/chat", json={"text": "open?"}, headers=headers)
    assert response.status_code == 200


def test_a_hostile_name_for_this_machine_does_not_help(named_site: Site) -> None:
    with named_site.visitor() as visitor:
        headers = {"host": "rebound.example", "origin": "http://rebound.example"}
        refused = visitor.post("/api/chat", json={"text": "hi"}, headers=headers)
        assert refused.status_code == 403
        assert visitor.post("/api/chat", json={"text": "hi"}).status_code == 200


def test_a_large_body_is_refused_whether_its_length_is_told_or_not(site: Site) -> None:
    body = b'{"text": "' + b"x" * 70_000 + b'"}'
    kind = {"content-type": "application/json"}
    with site.visitor() as visitor:
        told = visitor.post("/api/chat", content=body, headers=kind)
        pieces = (body[n : n + 1000] for n in range(0, len(body), 1000))
        untold = visitor.post("/api/chat", content=pieces, headers=kind)
        assert (told.status_code, untold.status_code) == (413, 413)
        assert told.json()["error"]["code"] == "KF-543"
        fits = visitor.post("/api/chat", json={"text": "x" * 60_000})
        assert fits.status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat", b"not json"),
        ("chat", b"[]"),
        ("chat", b"{}"),
        ("chat", b'{"text": 5}'),
        ("chat", b'{"text": "hi", "role": "admin"}'),
        ("chat", b'{"text": "hi", "conversation_id": "../x"}'),
        ("choice", b'{"turn_id": "1", "number": -1}'),
        ("choice", b'{"turn_id": "1", "number": true}'),
        ("vote", b'{"turn_id": "1"}'),
        ("vote", b'{"turn_id": "a b", "good": true}'),
        ("correct", b'{"turn_id": "1", "text": ""}'),
        ("chat", b"\xff\xfe"),
    ],
)
def test_a_malformed_body_is_refused_kindly(site: Site, path: str, body: bytes) -> None:
    with site.visitor() as visitor:
        kind = {"content-type": "application/json"}
        response = visitor.post(f"/api/{path}", content=body, headers=kind)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "KF-544"
    assert site.counter.heard == []
    assert site.counter.learnt == []


def test_a_broken_character_is_answered_all_the_same(site: Site) -> None:
    with site.visitor() as visitor:
        response = visitor.post(
            "/api/chat",
            content=b'{"text": "open \\ud800\\u0000?"}',
            headers={"content-type": "application/json"},
        )
    assert response.json()["text"] == HOURS_EN
    assert getattr(site.counter.heard[0], "text", "") == "open \ufffd\ufffd?"


def test_nothing_foreign_may_run_or_frame_the_page(site: Site) -> None:
    for path in ("/", "/static/chat.js", "/healthz", "/missing"):
        response = httpx.get(site.address + path, trust_env=False)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
    page = httpx.get(site.address, trust_env=False).text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "http" not in re.sub(r"http://www.w3.org\S+", "", page)


def test_health_is_about_the_process_and_readiness_about_answering(site: Site) -> None:
    with httpx.Client(base_url=site.address, trust_env=False) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json() == {"ready": True, "reasons": []}
        site.counter.reasons = ["the database is locked", "no model is loaded"]
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (
            503,
            {"ready": False, "reasons": site.counter.reasons},
        )
        assert client.get("/healthz").status_code == 200


def test_trouble_below_is_told_by_its_code_only(site: Site) -> None:
    def locked() -> None:
        raise EnvironmentProblem(
            "KF-101", "the database is locked", where="/secret/path", fix="wait"
        )

    site.counter.before = locked
    with site.visitor() as visitor:
        response = visitor.post("/api/chat", json={"text": "hi"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "KF-101"
    assert "secret" not in response.text


def test_one_conversation_is_answered_in_order_and_a_flood_is_refused(
    site: Site,
) -> None:
    site.counter.gate.clear()
    with site.visitor() as visitor, ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(visitor.post, "/api/chat", json={"text": f"open {n}?"})
            for n in range(8)
        ]
        # Some are refused while the first is still being answered.
        wait(asked, timeout=10, return_when=FIRST_COMPLETED)
        assert site.counter.inside == 1
        site.counter.gate.set()
        statuses = sorted(each.result().status_code for each in asked)
    assert statuses.count(429) >= 1
    assert set(statuses) == {200, 429}
    assert site.counter.most_inside == 1


def test_conversations_are_answered_beside_each_other(site: Site) -> None:
    barrier = threading.Barrier(3)

    def together() -> None:
        barrier.wait(10)

    site.counter.before = together
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        visitors = [stack.enter_context(site.visitor()) for _ in range(3)]
        asked = [
            pool.submit(visitor.post, "/api/chat", json={"text": "open?"})
            for visitor in visitors
        ]
        assert [each.result().status_code for each in asked] == [200] * 3


def test_routers_of_other_adapters_have_their_own_checks(site: Site) -> None:
    headers = {"origin": "https://elsewhere.example"}
    response = httpx.post(
        f"{site.address}/hook", content=b"x", headers=headers, trust_env=False
    )
    assert response.json() == {"from": "a router of another adapter"}


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "language"),
    [
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "de,en-GB;q=0.7", "en"),
        ("", "", "", "en"),
        ("", "zh", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("<script>", "", "zh", "zh"),
    ],
)
def test_the_page_speaks_the_visitor_s_language(
    asked: str, remembered: str, accepted: str, language: str
) -> None:
    assert preferred(asked, remembered, accepted) == language


def test_both_languages_have_every_word() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    assert all(text for words in WORDS.values() for text in words.values())
