// The Streams standard, from web-streams-polyfill.
import * as streams from "web-streams-polyfill";
import { defineGlobals } from "./define.js";

defineGlobals({ ...streams });
