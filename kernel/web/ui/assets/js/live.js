// Live pages follow the journal over server-sent events (htmx's extension).
// A connection made anew says which event it saw last, so that none is missed.
import { say, t } from "./words.js";

const seen = new Map(); // address of a stream: id of its last event

/** Opens a stream that remembers; the browser itself resends the header only while it retries by itself. */
function open(address) {
  const url = new URL(address, location.href);
  if (seen.has(address)) url.searchParams.set("last-event-id", seen.get(address));
  const source = new EventSource(url, { withCredentials: true });
  const listen = source.addEventListener.bind(source);
  source.addEventListener = (type, listener, options) =>
    listen(type, (event) => {
      if (event.lastEventId) seen.set(address, event.lastEventId);
      listener(event);
    }, options);
  return source;
}

let lost = false;

function tell(isLost) {
  if (isLost === lost) return;
  lost = isLost;
  document.documentElement.toggleAttribute("data-live-lost", lost);
  say(t(lost ? "live.lost" : "live.connected"));
}

/** Replaces htmx's way of opening streams and tells when one is interrupted. */
export function live() {
  if (window.htmx) window.htmx.createEventSource = open;
  document.addEventListener("htmx:sseError", () => tell(true));
  document.addEventListener("htmx:sseOpen", () => tell(false));
}
