// The schema that a tool declares, under the names that frameworks have for it.
import { isHolder, read } from "./names.js";

/** A schema, or what a function makes of one; undefined for anything else. */
export function unwrapped(given) {
  const isLazy = typeof given === "function" && !read(given, "~standard") && !read(given, "safeParse");
  const schema = isLazy ? given() : given;
  return isHolder(schema) ? schema : undefined;
}

/** The input schema that a tool declares, or undefined. */
export const schemaOf = (tool) =>
  unwrapped(read(tool, "inputSchema") ?? read(tool, "parameters") ?? read(tool, "schema"));
