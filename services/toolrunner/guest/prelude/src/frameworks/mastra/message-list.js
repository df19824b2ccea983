// Mastra's list of the messages of a run, as far as processors use it.
import { notAvailable } from "../../core/errors.js";
import { isObject, read } from "../../dispatch/names.js";
import { sharedOf, textIn } from "./messages.js";

const timeOf = ({ createdAt }) => new Date(createdAt).getTime() || 0;

const systemText = ({ content }) =>
  typeof content === "string" ? content : content.content ?? (read(content, "parts") ?? content).map(({ text }) => text ?? "").join("\n");

const missing = (path) => {
  throw notAvailable(`\`messageList.${path}\` is not available in the sandbox: \`db()\` and \`aiV5.model()\` are`);
};

// Any other form of the messages is named when it is asked for.
const formsOf = (path, db) =>
  new Proxy({ db, aiV5: { model: () => db().flatMap(sharedOf) } }, {
    get: (forms, key) => (typeof key === "symbol" || key in forms ? forms[key] : () => missing(`${path}.${key}()`)),
  });

/** The messages of a run by where they come from: `{message, source}`, and the texts of the system. */
export class MessageList {
  #items;
  #system;
  #tagged = new Map();
  #newIds = 0;

  constructor(items = [], system = []) {
    this.#items = items;
    this.#system = system.map((content) => ({ role: "system", content }));
  }

  #of(...sources) {
    return () => this.#items.filter(({ source }) => sources.length === 0 || sources.includes(source)).map(({ message }) => message);
  }

  get get() {
    return {
      all: formsOf("get.all", this.#of()),
      input: formsOf("get.input", this.#of("input", "user")),
      response: formsOf("get.response", this.#of("response")),
      remembered: formsOf("get.remembered", this.#of("memory")),
    };
  }

  get clear() {
    const taking = (...sources) => ({
      db: () => {
        const taken = this.#of(...sources)();
        this.removeByIds(taken.map(({ id }) => id));
        return taken;
      },
    });
    return { all: taking(), input: taking("input", "user"), response: taking("response") };
  }

  #made(given, source) {
    if (typeof given === "string") return { role: "user", content: { format: 2, parts: [{ type: "text", text: given }], content: given } };
    if (!isObject(given)) throw new TypeError("a message must be a text or an object");
    const { content } = given;
    const isWhole = isObject(content) && !Array.isArray(content);
    const parts = typeof content === "string" ? [{ type: "text", text: content }] : content;
    return isWhole ? given : { ...given, content: { format: 2, parts, content: textIn(parts) }, role: given.role ?? (source === "response" ? "assistant" : "user") };
  }

  add(given, source = "input") {
    for (const each of Array.isArray(given) ? given : [given]) {
      const made = this.#made(each, source);
      if (made.role === "system") this.addSystem(systemText(made));
      else {
        made.id ??= `new-${this.#newIds++}`;
        made.createdAt ??= new Date();
        this.removeByIds([made.id]);
        this.#items.push({ message: made, source });
      }
    }
    this.#items.sort((left, right) => timeOf(left.message) - timeOf(right.message));
    return this;
  }

  removeByIds(ids) {
    const isGone = ({ message }) => ids.includes(message.id);
    const gone = this.#items.filter(isGone).map(({ message }) => message);
    this.#items = this.#items.filter((item) => !isGone(item));
    return gone;
  }

  sourceOf(id) {
    return this.#items.find(({ message }) => message.id === id)?.source;
  }

  makeMessageSourceChecker() {
    const sources = new Map(this.#items.map(({ message, source }) => [message.id, source]));
    return { getSource: ({ id }) => sources.get(id) ?? null };
  }

  getLatestUserContent() {
    const last = this.#of()().findLast(({ role }) => role === "user");
    return last === undefined ? null : textIn(last.content.parts);
  }

  addSystem(given, tag) {
    const list = tag === undefined ? this.#system : this.#tagged.get(tag) ?? [];
    for (const each of Array.isArray(given) ? given : [given]) {
      const message = typeof each === "string" ? { role: "system", content: each } : each;
      if (!list.some(({ content }) => content === message.content)) list.push(message);
    }
    if (tag !== undefined) this.#tagged.set(tag, list);
    return this;
  }

  getSystemMessages(tag) {
    return [...(tag === undefined ? this.#system : this.#tagged.get(tag) ?? [])];
  }

  getAllSystemMessages() {
    return [...this.#system, ...[...this.#tagged.values()].flat()];
  }

  clearSystemMessages(tag) {
    if (tag === undefined) this.#system = [];
    else this.#tagged.delete(tag);
    return this;
  }

  replaceAllSystemMessages(messages) {
    this.#system = [...messages];
    return this;
  }

  /** The texts of the system, in their order. */
  get texts() {
    return this.getAllSystemMessages().map(systemText);
  }

  startRecording() {}
  stopRecording() {
    return [];
  }
}
