// The errors of Node for modules that are not there, with its texts and codes: programs that can do
// without a package look at them.
import { PROGRAM_FILE } from "../core/kinds.js";

const PARENT = `/${PROGRAM_FILE}`;
const PACKAGE = /^(?:@[^/]*\/)?[^/]*/;
const SCHEME = /^([a-z][a-z\d+.-]*):/i;

const coded = (error, code, more) => Object.assign(error, { code, ...more });

/** What asking for a module of Node that is not there throws. */
export const builtinNotFound = (specifier) =>
  coded(new Error(`No such built-in module: node:${specifier.replace(/^node:/, "")}`), "ERR_UNKNOWN_BUILTIN_MODULE");

function fileOf(specifier) {
  try {
    return new URL(specifier, `file://${PARENT}`);
  } catch {
    return undefined;
  }
}

/** What `import(specifier)` rejects with. */
export function importNotFound(specifier) {
  const scheme = SCHEME.exec(specifier)?.[1];
  if (scheme === "node") return builtinNotFound(specifier);
  if (scheme !== undefined && scheme !== "file") {
    const text = `Only URLs with a scheme in: file, data, and node are supported by the default ESM loader. Received protocol '${scheme}:'`;
    return coded(new Error(text), "ERR_UNSUPPORTED_ESM_URL_SCHEME");
  }
  if (/^(?:\.{0,2}\/|file:)/.test(specifier)) {
    const file = fileOf(specifier);
    const text = `Cannot find module '${file?.pathname ?? specifier}' imported from ${PARENT}`;
    return coded(new Error(text), "ERR_MODULE_NOT_FOUND", { url: file?.href });
  }
  if (specifier.startsWith("#")) {
    const text = `Package import specifier "${specifier}" is not defined imported from ${PARENT}`;
    return coded(new TypeError(text), "ERR_PACKAGE_IMPORT_NOT_DEFINED");
  }
  const text = `Cannot find package '${PACKAGE.exec(specifier)[0]}' imported from ${PARENT}`;
  return coded(new Error(text), "ERR_MODULE_NOT_FOUND");
}

/** What `require(specifier)` throws. */
export function requireNotFound(specifier) {
  if (specifier.startsWith("node:")) return builtinNotFound(specifier);
  const text = `Cannot find module '${specifier}'\nRequire stack:\n- ${PARENT}`;
  return coded(new Error(text), "MODULE_NOT_FOUND", { requireStack: [PARENT] });
}
