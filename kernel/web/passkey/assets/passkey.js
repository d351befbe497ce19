// Passkeys: brings challenges to the authenticator and its answers back.
// It listens on the document, so that parts that come later work too.

const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Sends a message; a refusal is thrown in the reader's own words. */
async function send(address, message) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(message),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.title ?? ""), { told: Boolean(said.title) });
  return said;
}

/** The options as the browser wants them: identifiers as bytes. */
function options(from) {
  const out = { ...from, challenge: bytes(from.challenge) };
  if (from.user) out.user = { ...from.user, id: bytes(from.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (from[list]) out[list] = from[list].map((c) => ({ ...c, id: bytes(c.id) }));
  }
  return out;
}

/** An answer as the server reads it. */
function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

/** What was typed beside the button. */
function typed(part) {
  const all = {};
  for (const input of part.querySelectorAll("input")) all[input.name] = input.value;
  return { code: all.code ?? "", label: all.label ?? "", answers: all };
}

/** Shows the questions of an invitation to somebody not known yet. */
function ask(part, names) {
  const box = part.querySelector("[data-passkey-asks]");
  const hidden = box.hidden;
  box.hidden = false;
  for (const row of box.querySelectorAll("[data-passkey-ask]")) row.hidden = !names.includes(row.dataset.passkeyAsk);
  const empty = [...box.querySelectorAll("input")].find((input) => !input.value && !input.closest("[hidden]"));
  empty?.focus();
  if (!hidden && empty) empty.setAttribute("aria-invalid", "true");
}

/** One ceremony from the button to the next page. */
async function ceremony(part) {
  const { begin, end, return: back } = part.dataset;
  const message = { ...typed(part), return: back };
  const start = await send(begin, message);
  if (start.asks) {
    ask(part, start.asks);
    return;
  }
  const publicKey = options(start.options);
  const credential = part.dataset.passkey === "sign-in"
    ? await navigator.credentials.get({ publicKey })
    : await navigator.credentials.create({ publicKey });
  const done = await send(end, { ...message, ceremony: start.ceremony, answer: answerOf(credential) });
  if (part.closest("[data-signin-form]")) {
    document.dispatchEvent(new CustomEvent("amana:signed-in", { detail: { person: done.person } }));
  } else {
    location.assign(done.return);
  }
}

async function run(event) {
  const part = event.target.closest("[data-passkey]");
  if (!part || (event.type === "click" && (part.tagName === "FORM" || !event.target.closest("[data-passkey-go]")))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const says = part.querySelector("[data-passkey-says]");
  const button = part.querySelector("[data-passkey-go]");
  if (!window.PublicKeyCredential) {
    says.textContent = part.dataset.unable;
    return;
  }
  says.textContent = "";
  button.disabled = true;
  try {
    await ceremony(part);
  } catch (problem) {
    says.textContent = problem.told ? problem.message : part.dataset.failed;
  } finally {
    button.disabled = false;
  }
}

// Captured, so that a form in the sign-in dialog is not sent as an ordinary one.
document.addEventListener("submit", run, true);
document.addEventListener("click", run, true);
