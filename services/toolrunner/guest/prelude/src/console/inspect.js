// Formats values for the console as Node does, with limits on depth, width and length.
import { formatBuiltin } from "./builtins.js";
import { MAX_OUTPUT, layout, quote } from "./layout.js";

/** Text of a value whose own code threw. */
export const NOT_SHOWN = "[cannot be shown]";

const CUSTOM = Symbol.for("nodejs.util.inspect.custom");
// An object with this many nested levels is not put on one line.
const MAX_ON_ONE_LINE = 3;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** One run of the formatter: the open ancestors, circular references seen, and remaining budget. */
class Run {
  constructor(options) {
    this.maxDepth = options.depth === null ? 64 : (options.depth ?? 2);
    this.maxItems = options.maxArrayLength ?? 100;
    this.maxString = options.maxStringLength ?? 10_000;
    this.breakLength = options.breakLength ?? 80;
    this.cleanStack = options.cleanStack ?? ((stack) => stack);
    this.left = MAX_OUTPUT;
    this.open = [];
    this.circular = new Map();
    this.deepest = 0;
  }

  /** Text of a value at this depth. */
  value(value, depth) {
    if (this.left <= 0) return "...";
    const text = this.#raw(value, depth);
    if (typeof value !== "object") this.left -= text.length;
    return text;
  }

  #raw(value, depth) {
    switch (typeof value) {
      case "string":
        return this.string(value);
      case "number":
        return Object.is(value, -0) ? "-0" : `${value}`;
      case "bigint":
        return `${value}n`;
      case "symbol":
        return value.toString();
      case "undefined":
      case "boolean":
        return `${value}`;
      default:
        return value === null ? "null" : this.#guarded(value, depth);
    }
  }

  string(value) {
    if (value.length <= this.maxString) return quote(value);
    const rest = value.length - this.maxString;
    return `${quote(value.slice(0, this.maxString))}... ${rest} more characters`;
  }

  // The bundle's getters, proxies and inspect methods may throw; the line must still be written.
  #guarded(value, depth) {
    try {
      return this.#object(value, depth);
    } catch (error) {
      if (error instanceof RangeError) return "[too deep to show]";
      return NOT_SHOWN;
    }
  }

  #object(value, depth) {
    if (this.open.includes(value)) {
      if (!this.circular.has(value)) this.circular.set(value, this.circular.size + 1);
      return `[Circular *${this.circular.get(value)}]`;
    }
    const custom = value[CUSTOM];
    if (typeof custom === "function" && custom !== inspect) {
      const shown = custom.call(value, this.maxDepth - depth, {}, inspect);
      if (typeof shown === "string") return shown.slice(0, MAX_OUTPUT).replaceAll("\n", `\n${"  ".repeat(depth)}`);
      if (shown !== value) return this.value(shown, depth);
    }
    this.open.push(value);
    // Nesting depth of the last written object, by which its parent decides whether to use one
    // line.
    if (depth <= this.maxDepth) this.deepest = depth;
    try {
      const text = formatBuiltin(this, value, depth);
      const mark = this.circular.get(value);
      return mark === undefined ? text : `<ref *${mark}> ${text}`;
    } finally {
      this.open.pop();
    }
  }

  /** Texts of the own properties of an object, except those in `skip`. */
  properties(value, depth, skip) {
    const texts = [];
    for (const key of Reflect.ownKeys(value)) {
      if (skip?.(key)) continue;
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (!property?.enumerable) continue;
      if (texts.length >= this.maxItems || this.left <= 0) {
        texts.push("...");
        break;
      }
      texts.push(`${keyText(key)}: ${this.#property(property, depth)}`);
    }
    return texts;
  }

  #property(property, depth) {
    if (property.get) return property.set ? "[Getter/Setter]" : "[Getter]";
    if (property.set) return "[Setter]";
    return this.value(property.value, depth + 1);
  }

  /** Puts entries between brackets, on one line when they fit. */
  wrap(prefix, open, close, entries, depth, grouping) {
    const isShallow = this.deepest - depth < MAX_ON_ONE_LINE;
    const text = layout(prefix, open, close, entries, depth, this.breakLength, { grouping, isShallow });
    this.left -= entries.length * 2 + prefix.length;
    return text;
  }
}

function keyText(key) {
  if (typeof key === "symbol") return key.toString();
  return IDENTIFIER.test(key) ? key : quote(key);
}

/**
 * Text of any value; never throws, at most about 32,000 characters.
 * Options: depth (2, null for all), maxArrayLength, maxStringLength, breakLength, cleanStack.
 */
export function inspect(value, options = {}) {
  const run = new Run(typeof options === "object" && options !== null ? options : {});
  return run.value(value, 0).slice(0, MAX_OUTPUT);
}
inspect.custom = CUSTOM;
