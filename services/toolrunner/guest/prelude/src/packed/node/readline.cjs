// node:readline over any readable stream: lines, questions, async iteration. There is no terminal,
// so editing keys and history do nothing.
const EventEmitter = require("events");
const { StringDecoder } = require("string_decoder");
const { inertAll } = require("sandbox");
const cursor = require("./readline-cursor.cjs");

const BREAK = /\r\n|\n|\r|\u2028|\u2029/g;
const EDITING = "_insertString _tabComplete _wordLeft _wordRight _deleteLeft _deleteRight _deleteWordLeft _deleteWordRight _deleteLineLeft _deleteLineRight _historyNext _historyPrev _moveCursor _ttyWrite _setRawMode _addHistory _refreshLine";

function closedError() {
  return Object.assign(new Error("readline was closed"), { code: "ERR_USE_AFTER_CLOSE" });
}

function abortError(signal) {
  return Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
}

function checkInput(input) {
  if (typeof input?.on === "function") return;
  throw Object.assign(new TypeError("The \"input\" argument must be a stream"), { code: "ERR_INVALID_ARG_TYPE" });
}

class InterfaceBase extends EventEmitter {
  #decoder = new StringDecoder("utf8");
  #rest = "";
  #afterReturn = false;
  #question = null;
  #listeners;

  constructor(input, output, completer, terminal) {
    super();
    const options = typeof input?.on === "function" || input === undefined ? { input, output, completer, terminal } : input;
    checkInput(options.input);
    this.input = options.input;
    this.output = options.output ?? undefined;
    this.terminal = !!(options.terminal ?? false);
    this.line = "";
    this.cursor = 0;
    this.history = options.history ?? [];
    this.historySize = options.historySize ?? 30;
    this.crlfDelay = Math.max(100, options.crlfDelay ?? 100);
    this.completer = options.completer;
    this.closed = false;
    this.paused = false;
    this.setPrompt(options.prompt ?? "> ");
    this.#listen(options.signal);
  }
  #listen(signal) {
    const data = (chunk) => this.#take(typeof chunk === "string" ? chunk : this.#decoder.write(chunk));
    const end = () => {
      const last = this.#rest + this.#decoder.end();
      this.#rest = "";
      if (last !== "") this.#onLine(last);
      this.close();
    };
    const error = (reason) => this.emit("error", reason);
    this.#listeners = { data, end, error };
    for (const [name, listener] of Object.entries(this.#listeners)) this.input.on(name, listener);
    this.input.resume?.();
    if (signal?.aborted) process.nextTick(() => this.close());
    else signal?.addEventListener("abort", () => this.close(), { once: true });
  }
  // A line break of two characters may come in two pieces.
  #take(given) {
    if (this.closed) return;
    const text = this.#afterReturn && given.startsWith("\n") ? given.slice(1) : given;
    if (given !== "") this.#afterReturn = given.endsWith("\r");
    const lines = (this.#rest + text).split(BREAK);
    this.#rest = lines.pop();
    for (const line of lines) this.#onLine(line);
  }
  #onLine(line) {
    if (this.#question !== null) {
      const answer = this.#question;
      this.#question = null;
      this.setPrompt(this.promptBefore);
      answer(line);
    } else {
      this.emit("line", line);
    }
  }
  ask(query, callback) {
    if (this.closed) throw closedError();
    if (this.#question !== null) {
      this.prompt();
      return;
    }
    this.promptBefore = this.getPrompt();
    this.setPrompt(query);
    this.#question = callback;
    this.prompt();
  }
  forget() {
    this.#question = null;
  }
  getPrompt() {
    return this._prompt;
  }
  setPrompt(prompt) {
    this._prompt = prompt;
  }
  prompt() {
    if (this.closed) throw closedError();
    if (this.paused) this.resume();
    this.output?.write(this._prompt);
  }
  write(data) {
    if (this.closed) throw closedError();
    if (this.paused) this.resume();
    if (data !== null && data !== undefined) this.#take(typeof data === "string" ? data : `${data}`);
  }
  pause() {
    if (this.paused) return this;
    this.input.pause?.();
    this.paused = true;
    this.emit("pause");
    return this;
  }
  resume() {
    if (!this.paused) return this;
    this.input.resume?.();
    this.paused = false;
    this.emit("resume");
    return this;
  }
  close() {
    if (this.closed) return;
    this.pause();
    for (const [name, listener] of Object.entries(this.#listeners)) this.input.removeListener(name, listener);
    this.closed = true;
    this.emit("close");
  }
  getCursorPos() {
    return { rows: 0, cols: this._prompt.length };
  }
  [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() {
    this.close();
  }
  [Symbol.asyncIterator]() {
    const lines = EventEmitter.on(this, "line", { close: ["close"] });
    const { next, return: finish } = lines;
    return {
      next: async () => {
        const { value, done } = await next.call(lines);
        return { value: done ? undefined : value[0], done };
      },
      return: async () => {
        this.close();
        return finish.call(lines);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

for (const [name, value] of Object.entries(inertAll(EDITING))) Object.defineProperty(InterfaceBase.prototype, name, { value, writable: true, configurable: true });

class Interface extends InterfaceBase {
  question(query, options, callback = options) {
    const { signal } = typeof options === "object" && options !== null ? options : {};
    if (signal?.aborted) return;
    if (typeof callback !== "function") return;
    this.ask(query, callback);
    signal?.addEventListener("abort", () => this.forget(), { once: true });
  }
}
Object.defineProperty(Interface.prototype.question, Symbol.for("nodejs.util.promisify.custom"), {
  value(query, options) {
    return new Promise((resolve, reject) => {
      if (options?.signal?.aborted) reject(abortError(options.signal));
      else this.question(query, options ?? {}, resolve);
      options?.signal?.addEventListener("abort", () => reject(abortError(options.signal)), { once: true });
    });
  },
});

class PromisesInterface extends InterfaceBase {
  question(query, { signal } = {}) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      this.ask(query, resolve);
      signal?.addEventListener("abort", () => {
        this.forget();
        reject(abortError(signal));
      }, { once: true });
    });
  }
}
Object.defineProperty(PromisesInterface, "name", { value: "Interface" });

const callable = (Class) =>
  new Proxy(Class, { apply: (target, self, args) => new target(...args) });
const { Readline, ...moves } = cursor;

module.exports = {
  Interface: callable(Interface),
  ...moves,
  createInterface: (...args) => new Interface(...args),
  ...inertAll("emitKeypressEvents"),
  promises: { Interface: PromisesInterface, Readline, createInterface: (...args) => new PromisesInterface(...args) },
};
