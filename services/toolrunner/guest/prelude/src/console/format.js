// printf-like formatting of console arguments, as in Node and browsers.
import { inspect } from "./inspect.js";

/** Maximum characters of one console line. */
export const MAX_LINE = 16_384;

const toNumber = (value, parse) => {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "symbol" || typeof value === "object" ? "NaN" : `${parse(value)}`;
};

function toStringArgument(value, options) {
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object" && value !== null) return inspect(value, { ...options, depth: 0 });
  return String(value);
}

function toJson(value) {
  try {
    return `${JSON.stringify(value)}`;
  } catch {
    return "[Circular]";
  }
}

const DIRECTIVES = {
  s: toStringArgument,
  d: (value) => toNumber(value, Number),
  i: (value) => toNumber(value, Number.parseInt),
  f: (value) => toNumber(value, Number.parseFloat),
  j: toJson,
  o: (value, options) => inspect(value, { ...options, depth: 4 }),
  O: (value, options) => inspect(value, options),
  c: () => "",
};

function fill(template, args, options) {
  let next = 0;
  const text = template.replace(/%([sdifjoOc%])/g, (whole, letter) => {
    if (letter === "%") return "%";
    return next < args.length ? DIRECTIVES[letter](args[next++], options) : whole;
  });
  return [text, args.slice(next)];
}

/** The text of a console call; `options` go to `inspect`. At most 16,384 characters. */
export function format(args, options) {
  let rest = args;
  const parts = [];
  if (typeof args[0] === "string" && args.length > 1) {
    const [text, unused] = fill(args[0], args.slice(1), options);
    parts.push(text);
    rest = unused;
  }
  for (const value of rest) parts.push(typeof value === "string" ? value : inspect(value, options));
  const line = parts.join(" ");
  if (line.length <= MAX_LINE) return line;
  return `${line.slice(0, MAX_LINE)}... ${line.length - MAX_LINE} more characters`;
}
