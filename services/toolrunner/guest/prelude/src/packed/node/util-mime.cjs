// util.MIMEType and MIMEParams, over the standard's parser.
const { MIMEType: Parsed } = require("whatwg-mimetype");

const invalid = (type, text) => Object.assign(new TypeError(`The MIME syntax for a ${type} in ${JSON.stringify(text)} is invalid`), { code: "ERR_INVALID_MIME_SYNTAX" });
let wrap;

class MIMEParams {
  #list = new Parsed("a/b").parameters;
  static {
    wrap = (list) => {
      const params = new MIMEParams();
      params.#list = list;
      return params;
    };
  }
  delete(name) {
    this.#list.delete(`${name}`);
  }
  get(name) {
    return this.#list.get(`${name}`) ?? null;
  }
  has(name) {
    return this.#list.has(`${name}`);
  }
  set(name, value) {
    try {
      this.#list.set(`${name}`, `${value}`);
    } catch {
      throw invalid("parameter", `${name}`);
    }
  }
  *entries() {
    yield* this.#list.entries();
  }
  *keys() {
    yield* this.#list.keys();
  }
  *values() {
    yield* this.#list.values();
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  toString() {
    const type = new Parsed("a/b");
    for (const [name, value] of this.#list) type.parameters.set(name, value);
    return `${type}`.slice("a/b;".length);
  }
  toJSON() {
    return this.toString();
  }
}

class MIMEType {
  #type;
  #params;
  constructor(text) {
    try {
      this.#type = new Parsed(`${text}`);
    } catch {
      throw invalid("type", `${text}`);
    }
    this.#params = wrap(this.#type.parameters);
  }
  get type() {
    return this.#type.type;
  }
  set type(value) {
    this.#set("type", value);
  }
  get subtype() {
    return this.#type.subtype;
  }
  set subtype(value) {
    this.#set("subtype", value);
  }
  #set(name, value) {
    try {
      this.#type[name] = `${value}`;
    } catch {
      throw invalid(name, `${value}`);
    }
  }
  get essence() {
    return this.#type.essence;
  }
  get params() {
    return this.#params;
  }
  toString() {
    return `${this.#type}`;
  }
  toJSON() {
    return this.toString();
  }
}

module.exports = { MIMEParams, MIMEType };
