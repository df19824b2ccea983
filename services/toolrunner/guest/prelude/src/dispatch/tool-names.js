// What tools are called: by their key among an agent's tools, in a list by their own name.
import { question } from "../frameworks/index.js";
import { keysOf, own, read } from "./names.js";

const toolNameOf = question("toolNameOf");

/** The name that a tool has itself, or undefined. */
export const nameOf = (tool) =>
  read(tool, "id") ?? toolNameOf(tool) ?? (typeof tool === "function" ? undefined : read(tool, "name"));

/** The key of the tool at `key` of an agent's tools, which in a list is its name. */
export const keyIn = (tools, key) => (Array.isArray(tools) ? `${nameOf(own(tools, key))}` : key);

/** The keys of all tools. */
export const toolKeysOf = (tools) => keysOf(tools).map((key) => keyIn(tools, key));
