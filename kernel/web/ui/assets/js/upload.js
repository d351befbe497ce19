// Files in pieces, by the tus 1.0.0 protocol: made by POST, asked by HEAD,
// continued by PATCH. A cut line, an ended session or a reload resumes where
// the server stands; there is no limit of size.
import { send } from "./line.js";
import { person, t } from "./words.js";

const piece = 4 * 1024 * 1024;
const tus = { "Tus-Resumable": "1.0.0" };

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const signedIn = () => new Promise((done) => document.addEventListener("amana:signed-in", done, { once: true }));

class Upload {
  constructor(drop, file) {
    this.drop = drop;
    this.file = file;
    this.offset = 0;
    this.key = `amana:upload:${person}:${drop.dataset.upload}:${file.name}:${file.size}:${file.lastModified}`;
    this.show();
  }

  show() {
    this.item = document.createElement("li");
    this.item.className = "upload";
    this.item.dataset.pending = "";
    this.name = document.createElement("bdi");
    this.name.textContent = this.file.name;
    this.state = document.createElement("span");
    this.state.className = "upload-state";
    this.bar = document.createElement("progress");
    this.bar.max = Math.max(this.file.size, 1);
    this.bar.setAttribute("aria-label", this.file.name);
    this.stop = document.createElement("button");
    this.stop.type = "button";
    this.stop.className = "button quiet";
    this.stop.textContent = t("upload.cancel");
    this.stop.addEventListener("click", () => this.cancel());
    this.item.append(this.name, this.state, this.bar, this.stop);
    this.drop.querySelector("[data-uploads]").append(this.item);
  }

  say(key) {
    this.state.textContent = t(key, { done: percent(this.offset, this.file.size), total: percent(1, 1) });
    this.bar.value = this.offset;
  }

  cancel() {
    this.cancelled = true;
    sessionStorage.removeItem(this.key);
    this.item.remove();
    if (this.address) send(this.address, { method: "DELETE", headers: tus }).catch(() => {});
  }

  /** Runs to the end through every interruption; gives up only when the server refuses. */
  async run() {
    if (this.file.size === 0) return this.fail(t("upload.empty"));
    for (let delay = 1000; !this.cancelled; delay = Math.min(delay * 2, 30000)) {
      try {
        if (await this.attempt()) return;
        delay = 500;
      } catch {
        this.say("upload.paused");
        await pause(delay);
      }
    }
  }

  /** One connection's worth; true when there is nothing left to do. */
  async attempt() {
    this.address ??= sessionStorage.getItem(this.key) ?? undefined;
    const answer = this.address ? await send(this.address, { method: "HEAD", headers: tus }) : await this.create();
    if (answer.status === 401) return signedIn().then(() => false);
    if (answer.status === 404 || answer.status === 410) return this.restart();
    if (!answer.ok) return this.refused(answer);
    this.offset = Number(answer.headers.get("Upload-Offset") ?? 0);
    while (this.offset < this.file.size && !this.cancelled) {
      const sent = await this.patch();
      if (sent.status === 401) return signedIn().then(() => false);
      if (sent.status === 409) return false; // ask again where the server stands
      if (!sent.ok) return this.refused(sent);
      this.offset = Number(sent.headers.get("Upload-Offset"));
      this.say("upload.progress");
    }
    if (!this.cancelled) this.done();
    return true;
  }

  async create() {
    const metadata = `filename ${base64(this.file.name)},filetype ${base64(this.file.type || "application/octet-stream")}`;
    const headers = { ...tus, "Upload-Length": String(this.file.size), "Upload-Metadata": metadata };
    const answer = await send(this.drop.dataset.upload, { method: "POST", headers });
    if (answer.ok) {
      this.address = new URL(answer.headers.get("Location"), location.href).pathname;
      sessionStorage.setItem(this.key, this.address);
    }
    return answer;
  }

  patch() {
    const headers = { ...tus, "Upload-Offset": String(this.offset), "Content-Type": "application/offset+octet-stream" };
    return send(this.address, { method: "PATCH", headers, body: this.file.slice(this.offset, this.offset + piece) });
  }

  restart() {
    sessionStorage.removeItem(this.key);
    this.address = undefined;
    this.offset = 0;
    this.say("upload.restarted");
    return false;
  }

  async refused(answer) {
    const words = answer.headers.get("Content-Type")?.startsWith("text/plain") ? await answer.text() : t("upload.failed");
    this.fail(words);
    return true;
  }

  fail(words) {
    delete this.item.dataset.pending;
    this.state.textContent = words;
    this.item.dataset.state = "failed";
    this.bar.remove();
  }

  done() {
    sessionStorage.removeItem(this.key);
    delete this.item.dataset.pending;
    this.say("upload.done");
    this.bar.remove();
    this.stop.remove();
    const id = document.createElement("input"); // a tick, so that one may still leave the file out
    id.type = "checkbox";
    id.checked = true;
    id.name = this.drop.dataset.name;
    id.value = this.address.split("/").pop();
    const pick = document.createElement("label");
    pick.className = "upload-pick";
    pick.append(id, this.name);
    this.item.prepend(pick);
    id.dispatchEvent(new Event("input", { bubbles: true }));
    this.item.dispatchEvent(new CustomEvent("amana:uploaded", { bubbles: true }));
  }
}

function percent(done, total) {
  return `${Math.floor((100 * done) / total)} %`;
}

function start(drop, files) {
  for (const file of files) new Upload(drop, file).run();
}

/** A form waits for its files, then submits itself. */
function holdSubmit(event) {
  const form = event.target;
  if (!form.querySelector("[data-pending]")) return;
  event.preventDefault();
  const button = event.submitter;
  const when = () => {
    if (form.querySelector("[data-pending]")) return;
    form.removeEventListener("amana:uploaded", when);
    form.requestSubmit(button);
  };
  form.addEventListener("amana:uploaded", when);
}

/** Starts every place that takes files. */
export function uploads() {
  for (const drop of document.querySelectorAll("[data-upload]")) {
    const input = drop.querySelector("input[type=file]");
    input.addEventListener("change", () => {
      start(drop, input.files);
      input.value = "";
    });
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.dataset.over = "";
    });
    drop.addEventListener("dragleave", () => delete drop.dataset.over);
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      delete drop.dataset.over;
      start(drop, event.dataTransfer.files);
    });
  }
  document.addEventListener("submit", holdSubmit);
}
