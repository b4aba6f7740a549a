"use strict";
// The bench: opens orders through the simulators' server, shows the page, the phones and the tape.
const words = JSON.parse(document.getElementById("words").textContent);
const note = document.getElementById("note");
const tape = document.getElementById("tape");
const say = (text) => { note.textContent = text; };
const send = (method, path, body) => fetch(path, { method,
  headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
let seen = "";

async function order(amount, currency) {
  const got = await send("POST", "/bench/orders", { amount: Number(amount), currency });
  const said = await got.json();
  if (!got.ok) { say(said.error); return; }
  say(said.id);
  document.getElementById("checkout").src = said.checkout_url;
}
async function plant(operator, fault, value) {
  const names = operator === "*" ? words.operators : [operator];
  for (const name of names) {
    const body = { operator: name, fault };
    if (value) body.value = Number(value);
    const got = await send("POST", "/control/faults", body);
    if (!got.ok) { say((await got.json()).error); return; }
  }
  say(fault + " : " + names.join(", "));
}
document.getElementById("tools").addEventListener("click", async (event) => {
  const { order: wanted, faults, clock } = event.target.dataset;
  if (wanted) await order(...wanted.split(" "));
  if (faults) await plant(...faults.split(" "));
  if ("calm" in event.target.dataset) { await send("DELETE", "/control/faults"); say(words.calm); }
  if (clock) { await send("POST", "/control/clock", { advance_seconds: Number(clock) }); say("+" + clock + " s"); }
  if (event.target.id === "open") {
    const frame = document.createElement("iframe");
    const digits = document.getElementById("number").value.replace(/\D/g, "");
    frame.className = "handset";
    frame.title = digits;
    frame.src = "/handset/" + digits;
    document.getElementById("handsets").prepend(frame);
  }
});
function line(one) {
  const made = document.createElement("li");
  made.className = one.kind;
  const at = document.createElement("time");
  at.textContent = new Date(one.at).toLocaleTimeString() + " ";
  const title = document.createElement("b");
  title.textContent = one.title;
  made.append(at, title);
  if (one.text) { const text = document.createElement("pre"); text.textContent = one.text; made.append(text); }
  return made;
}
async function look() {
  try {
    const got = await fetch("/bench/tape", { cache: "no-store" });
    const text = await got.text();
    if (!got.ok || text === seen) return;
    seen = text;
    tape.replaceChildren(...JSON.parse(text).data.map(line));
  } catch { say(words.silent); }
}
void look();
setInterval(() => { if (!document.hidden) void look(); }, 1000);
if (words.ready) void order(1500, "XOF");
