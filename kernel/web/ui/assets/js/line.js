// The line to the station server: a banner while it is cut, and one place
// where every request of the scripts goes through and tells what it met.
import { pingAddress, say, t } from "./words.js";

let cut = false;

function show() {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = !cut;
}

/** Notes that the server did not answer; asks every 5 s until it does. */
export function lineCut() {
  if (cut) return;
  cut = true;
  show();
  setTimeout(ask, 5000);
}

async function ask() {
  try {
    await fetch(pingAddress, { method: "HEAD", cache: "no-store" });
  } catch {
    setTimeout(ask, 5000);
    return;
  }
  cut = false;
  show();
  say(t("offline.back"));
  document.dispatchEvent(new CustomEvent("amana:line-back"));
}

/**
 * fetch that notices a cut line and an ended session. It rejects when the line
 * is cut; with status 401 it asks for sign-in in place and gives the answer.
 */
export async function send(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options, headers: { "Amana-Script": "1", ...options.headers } });
  } catch (failure) {
    if (failure.name !== "AbortError") lineCut();
    throw failure;
  }
  if (answer.status === 401) document.dispatchEvent(new CustomEvent("amana:signed-out"));
  return answer;
}

/** Watches the computer's own view of its network, and htmx's requests. */
export function line() {
  window.addEventListener("offline", lineCut);
  document.addEventListener("htmx:sendError", lineCut);
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) document.dispatchEvent(new CustomEvent("amana:signed-out"));
  });
}
