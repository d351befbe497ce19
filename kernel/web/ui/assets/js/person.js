// The person picker: proposals from the index while one types (WAI-ARIA
// combobox with a list), chosen by arrows and Enter or by pointer.
import { send } from "./line.js";
import { say, t } from "./words.js";

const wait = 180; // milliseconds of silence before asking

class Picker {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("[role=combobox]");
    this.list = root.querySelector("[role=listbox]");
    this.value = root.querySelector("[data-picker-value]");
    this.chosen = root.querySelector("[data-picker-chosen]");
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("keypress", (event) => event.key === "Enter" && event.preventDefault()); // it chooses, and never submits the form
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.choose(event.target.closest("[role=option]"));
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    const query = this.input.value.trim();
    this.asking?.abort();
    if (query.length < 2) return this.close();
    this.asking = new AbortController();
    try {
      const address = new URL(this.root.dataset.picker, location.href);
      address.searchParams.set("q", query);
      const answer = await send(address, { signal: this.asking.signal });
      if (!answer.ok) return;
      this.list.innerHTML = await answer.text();
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      if (this.options().length === 0) say(t("person.none"));
    } catch {
      this.close(); // a newer question, or the line is cut
    }
  }

  options() {
    return [...this.list.querySelectorAll("[role=option][data-ref]")];
  }

  key(event) {
    const options = this.options();
    const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.mark(options, at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !this.list.hidden && !event.ctrlKey) {
      event.preventDefault();
      this.choose(options[Math.max(at, 0)]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    }
  }

  mark(options, at) {
    if (options.length === 0) return;
    const next = (at + options.length) % options.length;
    options.forEach((o, i) => o.setAttribute("aria-selected", String(i === next)));
    this.input.setAttribute("aria-activedescendant", options[next].id);
    options[next].scrollIntoView({ block: "nearest" });
  }

  choose(option) {
    if (!option?.dataset.ref) return;
    this.value.value = option.dataset.ref;
    this.value.dispatchEvent(new Event("input", { bubbles: true }));
    this.chosen.replaceChildren(...option.cloneNode(true).childNodes);
    this.input.value = "";
    this.close();
    say(option.dataset.name);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

/** Starts every picker of the page. */
export function pickers() {
  for (const root of document.querySelectorAll("[data-picker]")) new Picker(root);
}
