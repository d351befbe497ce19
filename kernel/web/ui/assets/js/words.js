// The few texts scripts show, in the page's language.
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const words = JSON.parse(meta("amana-words") || "{}");

/** Text of a key with {name} filled; an unknown key shows itself. */
export function t(key, values = {}) {
  return (words[key] ?? `⟦${key}⟧`).replace(/\{([a-z-]+)\}/g, (hole, name) => values[name] ?? hole);
}

/** Says something to a screen reader without moving anything. */
export function say(message) {
  const live = document.getElementById("live");
  if (live) live.textContent = message;
}

/** Minutes by which the wall clock of the pages is ahead of UTC. */
export const zoneMinutes = Number(meta("amana-zone") || 0);

/** Opaque id of who is signed in; drafts are kept under it. */
export const person = meta("amana-person");

/** Address that answers when the station server can be reached. */
export const pingAddress = meta("amana-ping");

const two = (n) => String(n).padStart(2, "0");

/** A moment in the fields of the wall clock that pages show. */
export function wall(moment) {
  const at = new Date(moment.getTime() + zoneMinutes * 60000);
  return {
    day: `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`,
    clock: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
    seconds: `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
  };
}
