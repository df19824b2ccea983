// node:tty: no descriptor is a terminal.
const { as, refusal } = require("sandbox");
const moves = require("./readline-cursor.cjs");

function notTerminal(what, fd) {
  if (!Number.isInteger(fd) || fd < 0) throw Object.assign(new RangeError(`"fd" must be a positive integer: ${fd}`), { code: "ERR_INVALID_FD" });
  return refusal(what, "the sandbox has no terminal", { errno: -22, code: "ERR_TTY_INIT_FAILED", syscall: "uv_tty_init" });
}

class ReadStream {
  constructor(fd) {
    throw notTerminal("tty.ReadStream", fd);
  }
  setRawMode() {
    return this;
  }
}

class WriteStream {
  constructor(fd) {
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

module.exports = { isatty: () => false, ReadStream: as("refused", ReadStream), WriteStream: as("refused", WriteStream) };
