// The page's behaviour. Every text from outside is set as text, never as markup.
// What was said in this tab is kept in the tab, so that a reload or a change of the
// page's language loses nothing.
"use strict";

const words = document.body.dataset;
const log = document.getElementById("log");
const welcome = document.getElementById("welcome");
const composer = document.getElementById("composer");
const field = document.getElementById("text");
const send = document.getElementById("send");
const KEPT = "kefu-conversation";
const MAX_BYTES = 60000;
let conversation = words.conversation;
let entries = []; // {said} or {turn, vote, corrected, chosen}, in order
let busy = false;

class Refused extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ conversation_id: conversation, ...body }),
  });
  if (!response.ok) throw new Refused(response.status);
  return response.json();
}

function copy(name) {
  return document.getElementById(name).content.firstElementChild.cloneNode(true);
}

function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ conversation, entries }));
  } catch {
    // A full or forbidden store only means that a reload starts empty.
  }
}

// Text with its web addresses as links; the rest stays text.
function setText(element, text) {
  element.replaceChildren();
  const addresses = /https?:\/\/[^\s<>"'，。；！？、）】]+[^\s<>"'，。；！？、）】.,;:!?)\]]/g;
  let from = 0;
  for (const found of text.matchAll(addresses)) {
    element.append(text.slice(from, found.index));
    const link = document.createElement("a");
    link.href = found[0];
    link.textContent = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    element.append(link);
    from = found.index + found[0].length;
  }
  element.append(text.slice(from));
}

function add(element) {
  welcome.hidden = true;
  log.append(element);
  element.scrollIntoView({ block: "end" });
  window.scrollTo({ top: document.body.scrollHeight });
  return element;
}

function showSaid(entry) {
  const element = copy("said-template");
  element.querySelector(".text").textContent = entry.said;
  add(element);
}

function showReply(entry) {
  const element = copy("reply-template");
  const { turn } = entry;
  element.lang = turn.language === "zh" ? "zh-CN" : turn.language;
  setText(element.querySelector(".text"), turn.text);
  showChoices(element, entry);
  showSources(element, turn);
  if (turn.votable) {
    element.querySelector(".foot").hidden = false;
    showVotes(element, entry);
  }
  add(element);
}

function showSources(element, turn) {
  const titles = [...new Set(turn.sources.map((source) => source.title))];
  if (!titles.length) return;
  element.querySelector(".foot").hidden = false;
  element.querySelector(".sources").hidden = false;
  for (const title of titles) {
    const shown = document.createElement("span");
    shown.textContent = title;
    element.querySelector(".titles").append(shown);
  }
}

function showChoices(element, entry) {
  const group = element.querySelector(".choices");
  group.hidden = !entry.turn.choices.length;
  entry.turn.choices.forEach((text, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => choose(entry, group, number));
    group.append(button);
  });
  if (entry.chosen !== undefined) markChosen(group, entry.chosen);
}

function markChosen(group, number) {
  [...group.children].forEach((button, at) => {
    button.disabled = number !== undefined;
    if (at === number) button.setAttribute("aria-pressed", "true");
    else button.removeAttribute("aria-pressed");
  });
}

async function choose(entry, group, number) {
  if (busy) return;
  entry.chosen = number;
  markChosen(group, number);
  const body = { turn_id: entry.turn.turn_id, number };
  const done = await ask("api/choice", body, entry.turn.choices[number]);
  if (!done) {
    delete entry.chosen;
    markChosen(group, undefined);
    keep();
  }
}

function showVotes(element, entry) {
  const form = element.querySelector(".correction");
  const received = element.querySelector(".received");
  const box = form.querySelector("textarea");
  const thumbs = [...element.querySelectorAll(".thumb")];
  const mark = () => {
    for (const thumb of thumbs) {
      const pressed = String(entry.vote) === thumb.dataset.good;
      thumb.setAttribute("aria-pressed", String(pressed));
    }
  };
  element.querySelector(".votes").hidden = false;
  const asked = element.querySelector(".ask");
  asked.textContent = entry.turn.ask || "";
  asked.hidden = !entry.turn.ask;
  mark();
  for (const thumb of thumbs) {
    thumb.addEventListener("click", async () => {
      const good = thumb.dataset.good === "true";
      const body = { turn_id: entry.turn.turn_id, good };
      const said = await feedback("api/vote", body, received, thumbs);
      if (said === undefined) return;
      entry.vote = entry.vote === good ? null : good;
      mark();
      received.textContent = said || (entry.vote === null ? words.withdrawn : words.thanks);
      form.hidden = entry.vote !== false || entry.corrected === true;
      if (!form.hidden) {
        form.scrollIntoView({ block: "nearest" });
        box.focus({ preventScroll: true });
      }
      keep();
    });
  }
  form.querySelector(".cancel").addEventListener("click", () => {
    form.hidden = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    const body = { turn_id: entry.turn.turn_id, text };
    const said = await feedback("api/correct", body, received, form.querySelectorAll("button"));
    if (said === undefined) return;
    entry.corrected = true;
    form.hidden = true;
    received.textContent = said || words.thanks;
    keep();
  });
}

// The bot's words, null if it has none, undefined if it could not be told.
async function feedback(path, body, received, buttons) {
  buttons.forEach((button) => { button.disabled = true; });
  try {
    return (await post(path, body)).text;
  } catch {
    received.textContent = words.failed;
    return undefined;
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

// Say something, wait for the turn, show it. False if it did not get through.
async function ask(path, body, said) {
  if (busy) return false;
  busy = true;
  const entry = { said };
  entries.push(entry);
  showSaid(entry);
  const thinking = add(copy("thinking-template"));
  try {
    const turn = await post(path, body);
    thinking.remove();
    conversation = turn.conversation_id;
    entries.push({ turn });
    showReply(entries[entries.length - 1]);
    keep();
    return true;
  } catch (error) {
    thinking.remove();
    entries.splice(entries.indexOf(entry), 1);
    await fail(error, path, body, said);
    return false;
  } finally {
    busy = false;
    update();
  }
}

async function fail(error, path, body, said) {
  if (error.status === 409) {
    await begin(words.moved);
    return;
  }
  const notice = copy("failed-template");
  notice.querySelector("span").textContent = error.status === 413 ? words.tooLong : words.failed;
  const question = log.lastElementChild;
  notice.querySelector("button").addEventListener("click", () => {
    if (busy) return;
    notice.remove();
    question.remove();
    ask(path, body, said);
  });
  add(notice);
}

async function begin(message) {
  try {
    conversation = (await post("api/conversation", {})).conversation_id;
  } catch {
    return;
  }
  entries = [];
  log.replaceChildren();
  welcome.hidden = false;
  keep();
  if (message) {
    const notice = copy("failed-template");
    notice.querySelector("span").textContent = message;
    notice.querySelector("button").remove();
    add(notice);
  }
  field.focus();
}

function update() {
  send.disabled = busy || !field.value.trim();
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function submit() {
  const text = field.value.trim();
  if (!text || busy) return;
  if (new TextEncoder().encode(JSON.stringify(text)).length > MAX_BYTES) {
    const notice = copy("failed-template");
    notice.querySelector("span").textContent = words.tooLong;
    notice.querySelector("button").remove();
    add(notice);
    return;
  }
  field.value = "";
  ask("api/chat", { text }, text);
  update();
}

function restore() {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return;
  }
  if (!kept || kept.conversation !== conversation) return;
  entries = kept.entries;
  for (const entry of entries) {
    if (entry.turn) showReply(entry);
    else showSaid(entry);
  }
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
field.addEventListener("input", update);
field.addEventListener("keydown", (event) => {
  // While Chinese is being composed, Enter belongs to the input method.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
document.getElementById("new").addEventListener("click", () => begin(""));
document.getElementById("person").addEventListener("click", (event) => {
  const text = event.currentTarget.dataset.says;
  ask("api/chat", { text }, event.currentTarget.textContent);
});
restore();
update();
