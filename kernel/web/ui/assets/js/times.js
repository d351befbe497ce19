// Time fields: T is now, -15 is a quarter of an hour ago, 1405 is 14:05. The
// server reads the same forms; this only shows at once what they mean.
import { wall } from "./words.js";

/** The text a typed value stands for, or the value itself. */
export function meant(typed, now = new Date()) {
  const value = typed.trim();
  const back = /^-\s*(\d{1,4})$/.exec(value);
  const digits = /^(\d{2})(\d{2})$/.exec(value) ?? /^(\d{1,2})[hH](\d{2})?$/.exec(value);
  if (/^[tT\u0641]$/.test(value)) return shown(now, now);
  if (back) return shown(new Date(now.getTime() - Number(back[1]) * 60000), now);
  if (digits) return `${digits[1].padStart(2, "0")}:${digits[2] ?? "00"}`;
  return typed;
}

/** The clock alone today, with the day before it otherwise. */
function shown(moment, now) {
  const at = wall(moment);
  return at.day === wall(now).day ? at.clock : `${at.day} ${at.clock}`;
}

function settle(field) {
  const value = meant(field.value);
  if (value === field.value) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Listens to every time field, also those that come later. */
export function times() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-time]") && /^[tT\u0641]$/.test(event.target.value)) settle(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-time]")) settle(event.target);
  });
}
