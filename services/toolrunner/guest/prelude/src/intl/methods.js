// The locale methods of built-ins. They are object methods, so that like the engine's own they are no
// constructors, and they look nothing up that a tool can change.
import { uncurry } from "../core/primordials.js";
import { Collator } from "./collator.js";
import { DateTimeFormat } from "./date-time-format.js";
import { localeFor } from "./negotiate.js";
import { NumberFormat } from "./number-format.js";
import { locateCase } from "./casing.js";

const timeOf = uncurry(Date.prototype.getTime);
const numberOf = uncurry(Number.prototype.valueOf);
const bigintOf = uncurry(BigInt.prototype.valueOf);
const upper = uncurry(String.prototype.toUpperCase);
const lower = uncurry(String.prototype.toLowerCase);
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const typedAt = uncurry(typedArray.at);
const typedLength = uncurry(Object.getOwnPropertyDescriptor(typedArray, "length").get);
// Formatters by what was asked for, where that is a tag or nothing: rows of a table ask again and
// again, and a call with no arguments finds the one that the image has.
const MOST_KEPT = 100;
const kept = { __proto__: null };
let count = 0;

function keptOr(kind, locales, options, make) {
  if (options !== undefined || (locales !== undefined && typeof locales !== "string")) return make();
  const key = `${kind}/${locales}`;
  if (kept[key] === undefined) {
    if (count >= MOST_KEPT) return make();
    count += 1;
    kept[key] = make();
  }
  return kept[key];
}

const compareOf = (locales, options) => keptOr("compare", locales, options, () => new Collator(locales, options).compare);
const numberFormat = (locales, options) => keptOr("number", locales, options, () => new NumberFormat(locales, options).format);
const define = Object.defineProperty;

function install(prototype, methods, length = 0) {
  for (const name of Object.keys(methods)) {
    define(methods[name], "length", { value: length, configurable: true });
    define(prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
  }
}

function dateText(date, locales, options, required, defaults) {
  const time = timeOf(date);
  if (time !== time) return "Invalid Date";
  const make = () => new DateTimeFormat(locales, options, required, defaults).format;
  return keptOr(required + defaults, locales, options, make)(time);
}

const DATE = {
  toLocaleString(locales, options) {
    return dateText(this, locales, options, "any", "all");
  },
  toLocaleDateString(locales, options) {
    return dateText(this, locales, options, "date", "date");
  },
  toLocaleTimeString(locales, options) {
    return dateText(this, locales, options, "time", "time");
  },
};

const NUMBER = {
  toLocaleString(locales, options) {
    return numberFormat(locales, options)(numberOf(this));
  },
};

const BIGINT = {
  toLocaleString(locales, options) {
    return numberFormat(locales, options)(bigintOf(this));
  },
};

function textOf(value, name) {
  if (value === undefined || value === null) throw new TypeError(`String.prototype.${name} called on null or undefined`);
  return `${value}`;
}

const COMPARE = {
  localeCompare(that, locales, options) {
    const text = textOf(this, "localeCompare");
    return compareOf(locales, options)(text, `${that}`);
  },
};

const CASE = {
  toLocaleLowerCase(locales) {
    const text = textOf(this, "toLocaleLowerCase");
    return locales === undefined ? lower(text) : locateCase(text, localeFor(locales).name, false);
  },
  toLocaleUpperCase(locales) {
    const text = textOf(this, "toLocaleUpperCase");
    return locales === undefined ? upper(text) : locateCase(text, localeFor(locales).name, true);
  },
};

const joining = [];

// Elements are asked for one by one: a call may change the rest of the array. An array within itself
// is written as nothing, as join does.
function joined(list, length, locales, options) {
  if (joining.includes(list)) return "";
  joining.push(list);
  try {
    let text = "";
    for (let i = 0; i < length; i++) {
      if (i > 0) text += ",";
      const item = list[i];
      if (item !== undefined && item !== null) text += `${item.toLocaleString(locales, options)}`;
    }
    return text;
  } finally {
    joining.pop();
  }
}

const ARRAY = {
  toLocaleString(locales, options) {
    if (this === undefined || this === null) throw new TypeError("Array.prototype.toLocaleString called on null or undefined");
    const list = Object(this);
    const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
    return joined(list, length, locales, options);
  },
};

const TYPED = {
  toLocaleString(locales, options) {
    typedAt(this, 0); // throws for what is no typed array, or has lost its buffer
    return joined(this, typedLength(this), locales, options);
  },
};

/** Put the methods in place. */
export function installMethods() {
  install(Date.prototype, DATE);
  install(Number.prototype, NUMBER);
  install(BigInt.prototype, BIGINT);
  install(String.prototype, COMPARE, 1);
  install(String.prototype, CASE);
  install(Array.prototype, ARRAY);
  install(typedArray, TYPED);
}
