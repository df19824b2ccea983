// node:tty and node:repl: no descriptor is a terminal.
const stream = require("stream");
const { as, inspect, refusal } = require("sandbox");
const moves = require("./readline-cursor.cjs");

function notTerminal(what, fd) {
  if (!Number.isInteger(fd) || fd < 0) throw Object.assign(new RangeError(`"fd" must be a positive integer: ${fd}`), { code: "ERR_INVALID_FD" });
  return refusal(what, "the sandbox has no terminal", { errno: -22, code: "ERR_TTY_INIT_FAILED", syscall: "uv_tty_init" });
}

class ReadStream extends stream.Duplex {
  constructor(fd) {
    super();
    throw notTerminal("tty.ReadStream", fd);
  }
  setRawMode() {
    return this;
  }
}

class WriteStream extends stream.Duplex {
  constructor(fd) {
    super();
    throw notTerminal("tty.WriteStream", fd);
  }
  getColorDepth() {
    return 1;
  }
  hasColors(count) {
    return (typeof count === "number" ? count : 16) <= 2;
  }
  _refreshSize() {}
  cursorTo(x, y, callback) {
    return moves.cursorTo(this, x, y, callback);
  }
  moveCursor(dx, dy, callback) {
    return moves.moveCursor(this, dx, dy, callback);
  }
  clearLine(direction, callback) {
    return moves.clearLine(this, direction, callback);
  }
  clearScreenDown(callback) {
    return moves.clearScreenDown(this, callback);
  }
  getWindowSize() {
    return [this.columns, this.rows];
  }
}
WriteStream.prototype.isTTY = true;

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
  tty: { isatty: () => false, ReadStream: as("refused", ReadStream), WriteStream: as("refused", WriteStream) },
  repl: {
    start: as("inert", (options) => new REPLServer(options)),
    writer: inspect,
    REPLServer: as("inert", REPLServer),
    REPL_MODE_SLOPPY: Symbol("repl-sloppy"),
    REPL_MODE_STRICT: Symbol("repl-strict"),
    Recoverable,
    isValidSyntax,
  },
};
