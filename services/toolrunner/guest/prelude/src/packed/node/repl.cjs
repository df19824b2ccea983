// node:repl: no terminal to read from; lines are taken, and nothing is evaluated.
const { as, inspect } = require("sandbox");

class Recoverable extends SyntaxError {
  constructor(error) {
    super();
    this.err = error;
  }
}

class REPLServer extends require("readline").Interface {
  constructor(options) {
    const { input = process.stdin, output = process.stdout, prompt = "> " } = typeof options === "object" ? options : { prompt: options };
    super({ input, output, prompt });
    this.context = globalThis;
    this.commands = {};
    this.on("close", () => this.emit("exit"));
  }
  setupHistory(options, callback = options?.onHistoryFileLoaded ?? options) {
    if (typeof callback === "function") process.nextTick(callback, null, this);
  }
  clearBufferedCommand() {}
  createContext() {
    return globalThis;
  }
  resetContext() {
    this.emit("reset", globalThis);
  }
  displayPrompt() {
    this.prompt();
  }
  complete(line, callback) {
    callback(null, [[], line]);
  }
  completeOnEditorMode(line, callback) {
    callback(null, [[], line]);
  }
  defineCommand(keyword, command) {
    this.commands[keyword] = typeof command === "function" ? { action: command } : command;
  }
}

function isValidSyntax(code) {
  try {
    new Function(code);
    return true;
  } catch {
    return false;
  }
}

module.exports = {
  start: as("inert", (options) => new REPLServer(options)),
  writer: inspect,
  REPLServer: as("inert", REPLServer),
  REPL_MODE_SLOPPY: Symbol("repl-sloppy"),
  REPL_MODE_STRICT: Symbol("repl-strict"),
  Recoverable,
  isValidSyntax,
};
