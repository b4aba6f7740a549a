"use strict";
// One phone: asks the simulators every second what is on it, and tells them what was typed.
const phone = document.querySelector("[data-msisdn]");
const number = phone.dataset.msisdn;
const words = JSON.parse(document.getElementById("words").textContent);
const place = "/control/handsets/" + number;
const main = document.getElementById("main");
const note = document.getElementById("note");
const ignored = new Set();
let state = { prompts: [], sms: [], balances: [] };
let typed = "", shown = "", offline = false, off = false, menu = false;

const say = (text) => { note.textContent = text; };
const element = (tag, text, kind) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
const grouped = (amount) => String(amount).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
const open = () => state.prompts.find((one) => !ignored.has(one.id));

function messages() {
  const list = element("ul", undefined, "sms");
  for (const one of [...state.sms].reverse()) {
    const line = element("li", one.text);
    line.append(element("time", new Date(one.at).toLocaleTimeString()));
    list.append(line);
  }
  return list;
}
function draw() {
  const prompt = off || offline ? undefined : open();
  const parts = [];
  if (prompt) {
    parts.push(element("h1", prompt.operator), element("p", prompt.text));
    parts.push(element("div", "\u2022".repeat(typed.length) || "\u00a0", "pin"));
  } else {
    const balances = element("ul", undefined, "balances");
    for (const one of state.balances) {
      const line = element("li", one.operator + " : ");
      line.append(element("b", grouped(one.balance) + " " + one.currency));
      balances.append(line);
    }
    const waiting = state.prompts.length;
    parts.push(balances);
    if (typed) parts.push(element("div", typed, "pin"));
    if (menu && waiting) parts.push(element("p", words.again));
    else if (waiting) parts.push(element("p", words.waiting.replace("{n}", waiting)));
    parts.push(messages());
  }
  main.replaceChildren(...parts);
  if (prompt && prompt.id !== shown) {
    phone.classList.remove("vibrates");
    void phone.offsetWidth;
    phone.classList.add("vibrates");
    typed = "";
  }
  shown = prompt ? prompt.id : "";
}
async function look() {
  try {
    const answer = await fetch(place, { cache: "no-store" });
    const fresh = await answer.json();
    if (JSON.stringify(fresh) !== JSON.stringify(state)) { state = fresh; draw(); }
  } catch { say(words.silent); }
}
async function answer(action) {
  const prompt = open();
  if (!prompt) return;
  const body = action === "approve" ? { action, pin: typed } : { action };
  typed = "";
  const got = await fetch(place + "/prompts/" + encodeURIComponent(prompt.id),
    { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await got.json();
  if (!got.ok) say(said.error);
  else if (said.state === "paid") say(words.paid);
  else if (said.state === "pending") say(words.wrong.replace("{n}", said.pin_tries_left));
  else say(words.failed + " " + said.failure);
  await look();
  draw();
}
function ok() {
  if (open() && !off && !offline) { void answer("approve"); return; }
  menu = /^\*1[45]5#$/.test(typed);
  if (menu) ignored.clear();
  typed = "";
  draw();
}
function press(key) {
  if (off) return;
  say("");
  if (key === "ok") ok();
  else if (key === "no") { if (open()) void answer("refuse"); else { typed = ""; draw(); } }
  else if (key === "ignore") { const one = open(); if (one) { ignored.add(one.id); draw(); } }
  else { typed = (typed + key).slice(0, 12); draw(); }
}
phone.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) press(key.dataset.key);
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input,select,button,a")) return;
  const key = { Enter: "ok", Escape: "no" }[event.key] || (/^[0-9*#]$/.test(event.key) ? event.key : "");
  if (event.key === "Backspace") { typed = typed.slice(0, -1); draw(); }
  else if (key) press(key);
});
document.getElementById("power").addEventListener("click", () => {
  off = !off; phone.classList.toggle("off", off); draw();
});
document.getElementById("network").addEventListener("click", (event) => {
  offline = !offline; event.target.setAttribute("aria-pressed", String(offline));
  document.getElementById("signal").textContent = offline ? words.nosignal : words.signal; draw();
});
document.getElementById("money").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const path = "/control/wallets/" + form.get("operator") + "/" + number;
  const got = await fetch(path, { method: "PUT", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ balance: Number(form.get("balance")) }) });
  say(got.ok ? words.changed : (await got.json()).error);
  await look();
});
document.querySelectorAll("[data-script]").forEach((one) => { one.hidden = false; });
document.querySelectorAll("[data-plain]").forEach((one) => one.remove());
void look().then(draw);
setInterval(() => { if (!document.hidden) void look(); }, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) void look(); });
