// The page: files in, steps out. The check itself is the module's, which is the program akashi-verify compiled for browsers.
const find = (id) => document.getElementById(id);

// Both languages are always in the page; which one shows is a matter of style.
function say(tag, ja, en, kind) {
  const box = document.createElement(tag);
  if (kind) box.className = kind;
  for (const [lang, text] of [["ja", ja], ["en", en]]) {
    const span = document.createElement("span");
    span.className = lang;
    if (lang === "en") span.lang = "en";
    span.textContent = text;
    box.append(span);
  }
  return box;
}

function make(tag, text, kind) {
  const box = document.createElement(tag);
  if (kind) box.className = kind;
  if (text !== undefined) box.textContent = text;
  return box;
}

const OUTCOMES = {
  "passed": ["○ 確認", "✓ checked", "passed"],
  "failed": ["× 失敗", "✗ FAILED", "step-failed"],
  "not-checked": ["－ 未確認", "– not checked", "not-checked"],
};
const ANSWERS = {
  "verified": ["○", "検証できました", "Verified"],
  "unanchored": ["△", "束の中では整合していますが、鍵が渡されていないため、病院のログかどうかは確かめていません", "Consistent in itself, but no keys were given: nobody vouches that this is the hospital's log",
    "次にすること: ログの鍵を束とは別の経路(対面、書面など)で受け取り、上の 1 に入れて、束をもう一度置いてください。", "Next: get the keys of the log another way than the bundle, in person or on paper, put them into 1 above, and drop the bundle again."],
  "failed": ["×", "検証に失敗しました。この束を証拠として使えません", "Verification FAILED: this bundle proves nothing",
    "次にすること: 受け取ったままのファイルでもう一度確かめてください。それでも失敗するときは、「失敗」の行を病院に示して束を出し直してもらい、監査の責任者に知らせてください。", "Next: check the file exactly as you got it. If it fails again, show the lines with FAILED to the hospital, ask for a new bundle, and tell whoever leads the audit."],
};

function speak(lang) {
  document.documentElement.lang = lang;
  document.title = lang === "ja" ? "証明の検証 – 証 Akashi" : "Check a proof – Akashi";
  for (const button of document.querySelectorAll(".language button")) {
    button.setAttribute("aria-pressed", String(button.value === lang));
  }
}

function broken(ja, en) {
  const box = find("broken");
  box.replaceChildren(say("span", ja, en));
  box.hidden = false;
}

let module = null;
async function load() {
  const text = atob(find("module").textContent);
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  module = await WebAssembly.compile(bytes);
}

async function check(file) {
  const given = {};
  for (const name of ["keys", "witnesses", "policy", "tsa_roots"]) {
    const text = find(name).value.trim();
    given[name] = text === "" ? "" : text + "\n";
  }
  const head = new TextEncoder().encode(JSON.stringify(given) + "\n");
  const input = new Uint8Array(head.length + file.size);
  input.set(head);
  input.set(new Uint8Array(await file.arrayBuffer()), head.length);
  return JSON.parse(await run(module, input));
}

const tokyo = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "medium", timeStyle: "medium" });
const era = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { timeZone: "Asia/Tokyo", dateStyle: "long" });

function facts(report) {
  const list = make("dl", undefined, "facts");
  const add = (ja, en, value) => {
    if (value === null || value === undefined || value === "") return;
    const pair = make("div");
    pair.append(say("dt", ja, en), make("dd", String(value)));
    list.append(pair);
  };
  const entry = report.entry;
  if (entry) {
    const at = new Date(entry.at);
    add("台帳", "Register", entry.register);
    add("記録の ID", "Record", entry.record);
    add("版", "Revision", entry.rev);
    add("記録日時(日本時間)", "Recorded (Japan time)", `${tokyo.format(at)}(${era.format(at)})`);
    add("記録者(仮名 ID)", "By (pseudonym)", entry.actor);
    add("操作", "Command", entry.command);
    add("状態", "State", entry.state);
  }
  add("ログ", "Log", report.origin);
  if (report.index !== null) add("ログの中の位置", "Place in the log", `${report.index} / ${report.size}`);
  return list;
}

function steps(report) {
  const list = make("ol", undefined, "steps");
  for (const step of report.steps) {
    const [ja, en, kind] = OUTCOMES[step.outcome];
    const line = make("li", undefined, kind);
    const what = make("span");
    what.append(say("span", step.says.ja, step.says.en), make("span", step.place, "place code"));
    line.append(say("span", ja, en, "outcome"), what);
    list.append(line);
  }
  const box = make("div");
  box.append(list);
  return box;
}

function rows(table, name, value) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) rows(table, name ? `${name}.${key}` : key, inner);
    return;
  }
  const row = make("tr");
  const head = make("th", name);
  head.scope = "row";
  row.append(head, make("td", typeof value === "string" ? value : JSON.stringify(value)));
  table.append(row);
}

// Only what the proof covers: the module gives it out when all of it opened its commitments.
function content(found) {
  const box = make("details");
  const table = make("table", undefined, "content");
  if (found.reason !== null) rows(table, "reason", found.reason);
  rows(table, "", JSON.parse(found.body));
  box.append(say("summary", "証明された内容を見る", "Show the content that is proven"), table);
  return box;
}

function show(name, answer) {
  const { report } = answer;
  const [sign, ja, en, ...next] = ANSWERS[report.result];
  const box = make("article", undefined, `bundle ${report.result}`);
  const big = make("p", undefined, "answer");
  const mark = make("span", sign, "sign");
  mark.setAttribute("aria-hidden", "true");
  big.append(mark, say("span", ja, en));
  box.append(make("h3", name), big);
  if (next.length > 0) box.append(say("p", ...next, "next"));
  if (report.entry) box.append(facts(report));
  box.append(steps(report));
  if (answer.content) box.append(content(answer.content));
  const raw = make("details");
  const text = make("pre", JSON.stringify(report, null, 2), "json");
  text.tabIndex = 0;
  raw.append(say("summary", "機械で読める結果(JSON)", "Result for machines (JSON)"), text);
  box.append(raw);
  find("results").append(box);
  return report.result;
}

function refuse(name, words) {
  const report = { ok: false, result: "failed", trust: "enclosed", steps: [{ step: "archive", outcome: "failed", place: name, says: words }], entry: null, origin: null, index: null, size: null };
  return show(name, { report });
}

async function one(file) {
  const largest = 1 << 30;
  if (file.size > largest) return refuse(file.name, { ja: "大きすぎます(1 GiB まで)", en: "too large, at most 1 GiB is read" });
  try {
    const answer = await check(file);
    if (!answer.refused) return show(file.name, answer);
    broken(answer.refused.ja, answer.refused.en);
    return refuse(file.name, answer.refused);
  } catch (fault) {
    return refuse(file.name, { ja: `検証できませんでした(${fault.message})`, en: `could not be checked (${fault.message})` });
  }
}

// Authorities hand certificates out as PEM or as bare DER.
async function pem(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  if (text.includes("-----BEGIN")) return text;
  const plain = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `-----BEGIN CERTIFICATE-----\n${plain.replace(/(.{64})/g, "$1\n").trim()}\n-----END CERTIFICATE-----\n`;
}

let rounds = 0;
async function all(files) {
  if (files.length === 0) return;
  find("broken").hidden = true;
  find("results-part").hidden = false;
  find("results").replaceChildren();
  find("status").replaceChildren(say("span", "検証しています…", "Checking…"));
  const count = { verified: 0, unanchored: 0, failed: 0 };
  for (const file of files) count[await one(file)] += 1;
  find("status").replaceChildren(say("span",
    `検証できた ${count.verified} 件、鍵なしで整合 ${count.unanchored} 件、失敗 ${count.failed} 件`,
    `${count.verified} verified, ${count.unanchored} consistent without keys, ${count.failed} failed`));
  find("results-title").focus();
  rounds += 1;
  find("results").dataset.done = String(rounds);
}

// Opened from the pages of an Akashi: the way back there. Kept as a file it has none.
if (document.referrer !== "" && new URL(document.referrer).origin === location.origin) {
  find("back").href = document.referrer;
  find("back").hidden = false;
}

for (const button of document.querySelectorAll(".language button")) {
  button.addEventListener("click", () => speak(button.value));
}
speak((location.hash === "#en" || location.hash === "#ja") ? location.hash.slice(1) : (navigator.language.startsWith("ja") ? "ja" : "en"));

for (const field of document.querySelectorAll("input[data-into]")) {
  field.addEventListener("change", async () => {
    const [file] = field.files;
    if (file) find(field.dataset.into).value = field.id === "tsa-file" ? await pem(file) : await file.text();
    field.value = "";
  });
}

const drop = find("drop");
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
// A bundle dropped beside the frame must not make the browser open it.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => event.preventDefault());

load().then(() => {
  drop.addEventListener("drop", (event) => all([...event.dataTransfer.files]));
  find("bundles").addEventListener("change", (event) => { all([...event.target.files]).then(() => { event.target.value = ""; }); });
  document.documentElement.dataset.ready = "yes";
}, (fault) => broken(`検証のプログラムを読み込めません(${fault.message})`, `The checking program cannot be loaded (${fault.message})`));
