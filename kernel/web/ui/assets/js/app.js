// The scripts of every page. Everything here adds comfort to pages that can
// be read and submitted without it.
import { autosave } from "./autosave.js";
import { bell } from "./bell.js";
import { keys } from "./keys.js";
import { line } from "./line.js";
import { live } from "./live.js";
import { pickers } from "./person.js";
import { session } from "./session.js";
import { times } from "./times.js";
import { uploads } from "./upload.js";

document.documentElement.dataset.scripts = "on";
line();
session();
keys();
times();
pickers();
uploads();
autosave();
live();
bell();
