"""The page in a real browser: asking, choosing, judging, in Chinese and English."""

import re

from playwright.sync_api import expect

from storage.records import Correction, Role, Vote
from tests.web.conftest import Site, Visit
from tests.web.counter import HOURS_EN, HOURS_ZH


def test_an_english_question_gets_its_answer_with_sources(visit: Visit) -> None:
    assert visit.ask("When are you open?") == HOURS_EN
    reply = visit.page.locator(".reply").last
    expect(reply.locator(".titles")).to_have_text("Opening hours")
    link = reply.locator(".text a")
    assert link.get_attribute("href") == "https://pinecone.example/hours"
    expect(visit.page.get_by_text("How can we help?")).to_be_hidden()
    assert (visit.errors, visit.foreign) == ([], [])


def test_a_chinese_question_gets_a_chinese_answer(visit: Visit) -> None:
    assert visit.ask("你们几点营业？") == HOURS_ZH
    reply = visit.page.locator(".reply").last
    assert reply.get_attribute("lang") == "zh-CN"
    expect(reply.locator(".titles")).to_have_text("营业时间")


def test_a_thumb_can_be_put_changed_and_taken_back(site: Site, visit: Visit) -> None:
    visit.ask("open?")
    good = visit.page.get_by_role("button", name="This helped")
    bad = visit.page.get_by_role("button", name="This did not help")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(visit.page.get_by_text("Thank you.")).to_be_visible()
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    assert list(site.counter.votes.values()) == [None]
    assert [event.role for event in site.counter.learnt] == [Role.CUSTOMER] * 3


def test_a_bad_answer_can_be_corrected(site: Site, visit: Visit) -> None:
    visit.ask("你们几点营业？")
    visit.page.get_by_role("button", name="This did not help").click()
    box = visit.page.get_by_label("What should it have said?")
    expect(box).to_be_focused()
    # The box is not hidden behind the place where one writes.
    dock, form = visit.page.locator(".dock"), visit.page.locator(".correction")
    below, above = dock.bounding_box(), form.bounding_box()
    assert below is not None
    assert above is not None
    assert above["y"] + above["height"] <= below["y"] + 20
    box.fill("周日休息。")
    visit.page.locator(".correction").get_by_role("button", name="Send").click()
    expect(visit.page.get_by_text("谢谢，已记下。")).to_be_visible()
    expect(box).to_be_hidden()
    vote, correction = site.counter.learnt
    assert isinstance(vote, Vote)
    assert isinstance(correction, Correction)
    assert (correction.text, correction.role) == ("周日休息。", Role.CUSTOMER)
    assert correction.turn_id in site.counter.turns


def test_choices_are_buttons_and_lead_to_an_answer(visit: Visit) -> None:
    visit.ask("which one")
    choices = visit.page.get_by_role("group", name="Choose one").get_by_role("button")
    expect(choices).to_have_text(["When are you open?", "None of these"])
    choices.first.click()
    expect(visit.page.locator(".reply").last.locator(".text")).to_have_text(HOURS_EN)
    expect(choices.first).to_be_disabled()
    expect(choices.first).to_have_attribute("aria-pressed", "true")


def test_hostile_words_stay_words(visit: Visit) -> None:
    attacks = [
        "<script>document.title='owned'</script>",
        "<img src=x onerror=\"document.title='owned'\">",
        "[x](javascript:document.title='owned')",
        "https://e.example/\"onmouseover='x'",
        "</p></template><svg onload=document.title='owned'>",
    ]
    for attack in attacks:
        assert visit.ask(attack) == f"I don't know: {attack}"
        assert visit.page.locator(".said .text").last.inner_text() == attack
    visit.page.reload()
    expect(visit.page.locator(".said")).to_have_count(len(attacks))
    assert visit.page.title() == "Customer support"
    assert visit.page.locator("#log script, #log img").count() == 0
    hrefs = visit.page.locator("#log a").evaluate_all("all => all.map(a => a.href)")
    assert all(href.startswith("https://e.example/") for href in hrefs)
    assert visit.errors == []


def test_the_language_switch_keeps_the_conversation(visit: Visit) -> None:
    visit.ask("open?")
    visit.page.get_by_role("link", name="中文").click()
    expect(visit.page).to_have_title("在线客服")
    assert visit.page.locator("html").get_attribute("lang") == "zh-CN"
    expect(visit.page.locator(".reply .text")).to_have_text(HOURS_EN)
    visit.page.get_by_role("button", name="有帮助", exact=True).click()
    expect(visit.page.get_by_text("谢谢您的反馈。")).to_be_visible()
    visit.page.goto(re.sub(r"\?.*", "", visit.page.url))
    expect(visit.page).to_have_title("在线客服")  # it is remembered


def test_enter_while_composing_chinese_sends_nothing(site: Site, visit: Visit) -> None:
    box = visit.page.get_by_role("textbox").last
    box.fill("nihao")
    box.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    box.press("Shift+Enter")
    assert box.input_value() == "nihao\n"
    assert site.counter.heard == []


def test_a_person_can_be_asked_for_at_any_time(site: Site, visit: Visit) -> None:
    visit.page.get_by_role("button", name="Ask for a person").click()
    visit.page.locator(".reply").wait_for()
    (message,) = site.counter.heard
    assert getattr(message, "text", "") == "/human"


def test_a_new_conversation_starts_empty(site: Site, visit: Visit) -> None:
    visit.ask("open?")
    visit.page.get_by_role("button", name="New conversation").click()
    expect(visit.page.locator(".reply")).to_have_count(0)
    expect(visit.page.get_by_text("How can we help?")).to_be_visible()
    visit.ask("open again?")
    first, second = site.counter.heard
    assert first.conversation_id != second.conversation_id


def test_what_did_not_get_through_can_be_sent_again(visit: Visit) -> None:
    visit.page.route("**/api/chat", lambda route: route.abort())
    visit.page.get_by_role("textbox").last.fill("open?")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("alert")).to_contain_text("did not get through")
    visit.page.unroute("**/api/chat")
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.locator(".reply .text")).to_have_text(HOURS_EN)
    expect(visit.page.locator(".said")).to_have_count(1)
    expect(visit.page.get_by_role("alert")).to_have_count(0)


def test_the_whole_chat_works_by_keyboard_alone(visit: Visit) -> None:
    expect(visit.page.get_by_role("textbox").last).to_be_focused()
    visit.page.keyboard.type("open?")
    visit.page.keyboard.press("Enter")
    visit.page.locator(".reply").wait_for()
    for _ in range(12):
        visit.page.keyboard.press("Shift+Tab")
        focused = visit.page.evaluate("document.activeElement.ariaLabel")
        if focused == "This did not help":
            break
    visit.page.keyboard.press("Space")
    expect(visit.page.get_by_label("What should it have said?")).to_be_focused()
    visit.page.keyboard.type("Never on Sunday.")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_text("Thank you, noted.")).to_be_visible()


def test_a_phone_needs_no_sideways_scrolling(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 320, "height": 560})
    visit.ask("x" * 300)
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert visit.page.evaluate(overflow) <= 0
    sizes = visit.page.locator("button:visible, a.quiet").evaluate_all(
        "all => all.filter(e => !e.matches('.link, .text a'))"
        ".map(e => e.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
