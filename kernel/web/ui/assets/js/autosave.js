// No keystroke is lost. What one types is kept in this tab at once, sent field
// by field when the form has an address for it, and put back after a reload, a
// cut or an ended session. Two people writing one field both see both values.
import { send } from "./line.js";
import { person, t, wall } from "./words.js";

const wait = 700; // milliseconds of silence before a field is sent
const again = 10000;

// This opening of the page: what it saves is held against other tabs as well.
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (n) => n.toString(16).padStart(2, "0")).join("");

const kept = (field) => field.name && !["file", "password", "submit", "button"].includes(field.type);

class Draft {
  constructor(form) {
    this.form = form;
    this.address = form.dataset.autosave;
    this.key = `amana:draft:${person}:${location.pathname}:${form.id}`;
    this.unsent = JSON.parse(sessionStorage.getItem(this.key) ?? "{}");
    this.timers = {};
    this.flying = new Set();
    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", (event) => this.typed(event.target));
    form.addEventListener("submit", () => sessionStorage.setItem(`${this.key}:sent`, "1"));
    document.addEventListener("amana:signed-in", () => this.flush());
    document.addEventListener("amana:line-back", () => this.flush());
    window.addEventListener("pagehide", () => this.flush(true));
    this.restore();
  }

  values(name) {
    return new FormData(this.form).getAll(name).filter((v) => typeof v === "string");
  }

  field(name) {
    const found = this.form.elements.namedItem(name);
    return found instanceof RadioNodeList ? found[0] : found;
  }

  typed(field) {
    if (!kept(field) || field.form !== this.form) return;
    if (JSON.stringify(this.unsent[field.name]) === JSON.stringify(this.values(field.name))) return;
    this.unsent[field.name] = this.values(field.name);
    this.keep();
    if (!this.address) return;
    clearTimeout(this.timers[field.name]);
    this.timers[field.name] = setTimeout(() => this.save(field.name), wait);
  }

  keep() {
    if (Object.keys(this.unsent).length === 0) sessionStorage.removeItem(this.key);
    else sessionStorage.setItem(this.key, JSON.stringify(this.unsent));
  }

  /** Puts unsent values back into the fields, unless the form was sent. */
  restore() {
    const sent = sessionStorage.getItem(`${this.key}:sent`);
    sessionStorage.removeItem(`${this.key}:sent`);
    if (sent && document.querySelector("[data-errors]")) this.unsent = {}; // the server gave back what was typed
    let restored = false;
    for (const [name, values] of Object.entries(this.unsent)) {
      if (JSON.stringify(this.values(name)) !== JSON.stringify(values)) restored = this.put(name, values) || restored;
    }
    this.keep();
    if (!restored) return;
    this.tell("restored");
    this.flush();
  }

  put(name, values) {
    const fields = [...this.form.elements].filter((f) => f.name === name && kept(f));
    for (const field of fields) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
    return fields.length > 0;
  }

  flush(leaving = false) {
    if (!this.address) return;
    for (const name of Object.keys(this.unsent)) {
      clearTimeout(this.timers[name]);
      this.save(name, leaving);
    }
  }

  async save(name, leaving = false) {
    if (this.flying.has(name)) return;
    const values = this.unsent[name];
    if (!values) return;
    this.flying.add(name);
    this.tell("saving");
    try {
      await this.answer(name, values, await send(this.address, { method: "POST", body: this.body(name, values), keepalive: leaving }));
    } catch {
      this.tell("kept");
      this.retry(name);
    } finally {
      this.flying.delete(name);
    }
    const now = this.unsent[name]; // typed on while it was under way
    if (now && JSON.stringify(now) !== JSON.stringify(values)) this.save(name);
  }

  body(name, values) {
    const body = new URLSearchParams({ name, page, version: this.field(name)?.dataset?.version ?? "" });
    for (const value of values) body.append("value", value);
    return body;
  }

  async answer(name, values, response) {
    if (response.ok) return this.saved(name, values, await response.json());
    if (response.status === 409) {
      const theirs = await response.json();
      if (theirs.value === values.join(", ")) return this.saved(name, values, { version: theirs.version, saved: theirs.at });
      return this.clash(name, values, theirs);
    }
    if (response.status === 422) return this.tell("failed", (await response.json()).fault);
    this.tell("kept");
    if (response.status !== 401) this.retry(name);
  }

  saved(name, values, { version, saved }) {
    const field = this.field(name);
    if (field?.dataset && version) field.dataset.version = version;
    if (JSON.stringify(this.unsent[name]) === JSON.stringify(values)) delete this.unsent[name];
    this.keep();
    this.tell("saved", t("autosave.saved", { time: wall(saved ? new Date(saved) : new Date()).seconds }));
  }

  retry(name) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => this.save(name), again);
  }

  tell(state, words = t(`autosave.${state}`)) {
    const place = this.form.querySelector("[data-savestate]");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = words;
  }

  /** Shows both values under the field; one press decides which stands. */
  clash(name, values, theirs) {
    const field = this.field(name);
    const near = field?.closest(".field") ?? this.form;
    near.querySelector("[data-clash]")?.remove();
    const at = theirs.at ? wall(new Date(theirs.at)).seconds : "";
    const box = part("section", "conflict");
    box.dataset.clash = "";
    const lead = part("p", "conflict-lead");
    lead.append(part("strong", "", t("conflict.title")), " ", t("conflict.lead", { who: theirs.who ?? "", time: at }));
    const pair = part("div", "conflict-values");
    const settle = (value) => {
      if (field?.dataset) field.dataset.version = theirs.version;
      this.put(name, value);
      this.unsent[name] = value;
      box.remove();
      this.save(name);
    };
    pair.append(side("conflict.mine", values, "conflict.keep-mine", settle), side("conflict.theirs", [theirs.value], "conflict.keep-theirs", settle));
    box.append(lead, pair);
    near.append(box);
    this.tell("failed", t("conflict.title"));
  }
}

function part(tag, className, words = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = words;
  return element;
}

function side(title, values, label, settle) {
  const box = document.createElement("div");
  const value = part("p", "", values.join(", "));
  value.dir = "auto";
  const button = part("button", "button", t(label));
  button.type = "button";
  button.addEventListener("click", () => settle(values));
  box.append(part("h3", "", t(title)), value, button);
  return box;
}

/** Forgets drafts whose form was sent and is not shown again to a signed-in person. */
function forget() {
  if (!document.querySelector(".rail")) return;
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith("amana:draft:") || !key.endsWith(":sent")) continue;
    sessionStorage.removeItem(key);
    sessionStorage.removeItem(key.slice(0, -":sent".length));
  }
}

/** Starts keeping every form of the page. */
export function autosave() {
  for (const form of document.querySelectorAll("form[data-form]")) new Draft(form);
  forget();
}
