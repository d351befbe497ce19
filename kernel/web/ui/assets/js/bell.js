// A bell for what must be seen at once: an element with data-bell names the
// newest thing that waits; when a name comes that was not there before, a short
// tone rings, if this person has switched it on in this browser.

const store = "amana:bell";

let last = null;
let audio = null;

const on = () => localStorage.getItem(store) === "on";

function ring() {
  audio ??= new AudioContext();
  audio.resume();
  const start = audio.currentTime;
  for (const [at, pitch] of [[0, 880], [0.18, 1175]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, start + at);
    level.gain.exponentialRampToValueAtTime(0.25, start + at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.16);
    tone.connect(level).connect(audio.destination);
    tone.start(start + at);
    tone.stop(start + at + 0.18);
  }
  document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang ?? 0) + 1);
}

/** Shows the switch as it stands; only scripts can ring, so it is hidden without them. */
function draw() {
  for (const button of document.querySelectorAll("[data-bell-switch]")) {
    button.hidden = false;
    button.textContent = on() ? button.dataset.on : button.dataset.off;
    button.setAttribute("aria-pressed", String(on()));
  }
}

function look() {
  const place = document.querySelector("[data-bell]");
  if (!place) return;
  draw();
  const newest = place.dataset.bell;
  if (last !== null && newest && newest > last && on()) ring();
  if (last === null || newest > last) last = newest;
}

/** Starts listening for what is new. */
export function bell() {
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-bell-switch]")) return;
    localStorage.setItem(store, on() ? "off" : "on");
    draw();
    if (on()) ring();
  });
  document.addEventListener("htmx:afterSettle", look);
  look();
}
