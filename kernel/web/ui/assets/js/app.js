// The scripts of every page. Everything here adds comfort to pages that can
// be read and submitted without it.
import { keys } from "./keys.js";

document.documentElement.dataset.scripts = "on";
keys();
