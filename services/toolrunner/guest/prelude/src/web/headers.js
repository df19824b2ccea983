// Headers: names in lower case, values normalised, set-cookie kept apart.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BAD_VALUE = /[\0\r\n]/;

function nameOf(name) {
  const text = `${name}`;
  if (!NAME.test(text)) throw new TypeError(`Invalid header name: ${text.slice(0, 100)}`);
  return text.toLowerCase();
}

function valueOf(value) {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (BAD_VALUE.test(text)) throw new TypeError("Invalid header value");
  return text;
}

export class Headers {
  #lists = new Map();

  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init !== "object") throw new TypeError("Headers needs an object or pairs");
    const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }
  append(name, value) {
    const key = nameOf(name);
    const list = this.#lists.get(key) ?? [];
    this.#lists.set(key, [...list, valueOf(value)]);
  }
  delete(name) {
    this.#lists.delete(nameOf(name));
  }
  get(name) {
    return this.#lists.get(nameOf(name))?.join(", ") ?? null;
  }
  getSetCookie() {
    return [...(this.#lists.get("set-cookie") ?? [])];
  }
  has(name) {
    return this.#lists.has(nameOf(name));
  }
  set(name, value) {
    this.#lists.set(nameOf(name), [valueOf(value)]);
  }
  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }
  *entries() {
    for (const name of [...this.#lists.keys()].sort()) {
      const list = this.#lists.get(name);
      if (name === "set-cookie") for (const value of list) yield [name, value];
      else yield [name, list.join(", ")];
    }
  }
  *keys() {
    for (const [name] of this.entries()) yield name;
  }
  *values() {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  get [Symbol.toStringTag]() {
    return "Headers";
  }
  [Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
    return `Headers ${inspect(Object.fromEntries(this))}`;
  }
}
