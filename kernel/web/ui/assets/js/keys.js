// Keyboard: "/" to search, sequences such as "g l", Ctrl+Enter, Esc, "?", and
// the arrows in tables. A key is taken by the letter it types, or, where the
// layout types no Latin letter (Arabic), by its place on the keyboard.

const typing = (el) => el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

function letter(event) {
  if (/^[a-z0-9/?]$/i.test(event.key)) return event.key.toLowerCase();
  if (event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return event.key;
}

let before = "";
let since = 0;

/** Follows the link or presses the button whose data-hotkey fits what was typed. */
function hotkey(key) {
  const now = Date.now();
  const sequence = now - since < 1200 && before ? `${before} ${key}` : "";
  before = key;
  since = now;
  const find = (keys) => keys && [...document.querySelectorAll("[data-hotkey]")].find((el) => el.dataset.hotkey === keys);
  const target = find(sequence) || find(key);
  if (target) target.click();
  return Boolean(target);
}

function submit() {
  const form = document.activeElement?.closest("form") ?? document.querySelector("form[data-form]");
  const button = form?.querySelector("[data-submit]") ?? form?.querySelector("button:not([type=button])");
  if (form) form.requestSubmit(button ?? undefined);
}

/** Esc closes what is open, then leaves a field, then goes back. */
function escape(event) {
  const menu = document.querySelector("details[data-menu][open]");
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  event.preventDefault();
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (typing(document.activeElement)) document.activeElement.blur();
  else document.querySelector('[data-hotkey="Escape"]')?.click();
}

/** The arrows move between the rows of a table, each row by its link. */
function rows(event) {
  const table = event.target.closest("[data-rows]") ?? document.querySelector("[data-rows]");
  if (!table) return;
  const links = [...table.querySelectorAll("[data-row] .rowlink")];
  const at = links.indexOf(document.activeElement);
  const next = links[Math.max(0, Math.min(links.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    return submit();
  }
  if (event.key === "Escape") return escape(event);
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!event.target.closest("[role=listbox], input")) rows(event);
    return;
  }
  const key = letter(event);
  if (key === "/") {
    event.preventDefault();
    document.querySelector("[data-search]")?.focus();
  } else if (key === "?") document.getElementById("keys")?.togglePopover();
  else if (hotkey(key)) event.preventDefault();
}

/** Puts each field's words before its error in the side panel. */
function nameErrors() {
  for (const link of document.querySelectorAll("[data-error-of]")) {
    const label = document.querySelector(`label[for="${CSS.escape(link.dataset.errorOf)}"], #${CSS.escape(link.dataset.errorOf)} > legend`);
    if (!label || link.querySelector("strong")) continue;
    const name = document.createElement("strong");
    name.textContent = label.firstChild.textContent.trim();
    link.prepend(name);
  }
}

/** Starts listening to the keyboard, and shows what only scripts can do. */
export function keys() {
  document.addEventListener("keydown", pressed);
  nameErrors();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  document.querySelector("main > .formpage [data-errors], main > :not(.gallery) [data-errors]")?.focus();
  const fold = document.querySelector("[data-rail]");
  if (fold && window.matchMedia("(max-width: 860px)").matches) fold.open = false;
}
