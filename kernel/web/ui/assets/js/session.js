// Signing in again in place: the page and what was typed stay as they are.
import { person, say, t } from "./words.js";

let fetching = false;

async function open() {
  const dialog = document.getElementById("signin");
  if (!dialog || dialog.open || fetching) return;
  fetching = true;
  try {
    const answer = await fetch(dialog.dataset.signin, { headers: { "Amana-Script": "1" } });
    if (answer.ok) {
      const place = dialog.querySelector("[data-signin-form]");
      place.innerHTML = await answer.text();
      for (const part of place.querySelectorAll("[data-script]")) import(part.dataset.script); // scripts set as text do not run
    }
  } catch {
    // The link to the sign-in page stays in the dialog.
  } finally {
    fetching = false;
  }
  if (!dialog.open) dialog.showModal();
}

/** Sends the sign-in form without leaving the page; a refusal replaces it. */
async function submit(event) {
  const form = event.target;
  const place = form.closest("[data-signin-form]");
  if (!place) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: { "Amana-Script": "1" } });
  if (answer.ok) {
    document.dispatchEvent(new CustomEvent("amana:signed-in", { detail: { person: answer.headers.get("Amana-Person") } }));
  } else place.innerHTML = (await answer.text()) || t("session.failed");
}

/** Closes the dialog; if somebody else signed in, nothing of this page is theirs. */
function signedIn(event) {
  const who = event.detail?.person;
  if (who && person && who !== person) {
    location.reload();
    return;
  }
  document.getElementById("signin")?.close();
  say(t("session.done"));
}

/** Who signs out on purpose leaves nothing on a computer that others use. */
function signOut(event) {
  if (!event.target.matches("[data-sign-out]")) return;
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("amana:")) sessionStorage.removeItem(key);
  }
}

/** Listens for sessions that end; other scripts announce a passkey sign-in by the same event. */
export function session() {
  document.addEventListener("amana:signed-out", open);
  document.addEventListener("amana:signed-in", signedIn);
  document.addEventListener("submit", submit);
  document.addEventListener("submit", signOut);
}
