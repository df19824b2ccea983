// The terminal's control sequences that node:readline writes.

const CODES = { left: "\u001b[1K", right: "\u001b[0K", line: "\u001b[2K", below: "\u001b[0J" };

function lineCode(direction) {
  return direction < 0 ? CODES.left : direction > 0 ? CODES.right : CODES.line;
}

function toCode(x, y) {
  if (typeof x !== "number") throw Object.assign(new TypeError("Cannot set cursor row without setting its column"), { code: "ERR_INVALID_CURSOR_POS" });
  return typeof y === "number" ? `\u001b[${y + 1};${x + 1}H` : `\u001b[${x + 1}G`;
}

function moveCode(dx, dy) {
  const across = dx < 0 ? `\u001b[${-dx}D` : dx > 0 ? `\u001b[${dx}C` : "";
  return across + (dy < 0 ? `\u001b[${-dy}A` : dy > 0 ? `\u001b[${dy}B` : "");
}

function put(stream, code, callback) {
  if (stream === null || stream === undefined || code === "") {
    if (typeof callback === "function") process.nextTick(callback, null);
    return true;
  }
  return stream.write(code, callback);
}

class Readline {
  #stream;
  #isAuto;
  #codes = [];
  constructor(stream, { autoCommit = false } = {}) {
    this.#stream = stream;
    this.#isAuto = autoCommit;
  }
  #add(code) {
    if (this.#isAuto) process.nextTick(() => this.#stream.write(code));
    else this.#codes.push(code);
    return this;
  }
  cursorTo(x, y) {
    return this.#add(toCode(x, y));
  }
  moveCursor(dx, dy) {
    return this.#add(moveCode(dx, dy));
  }
  clearLine(direction) {
    return this.#add(lineCode(direction));
  }
  clearScreenDown() {
    return this.#add(CODES.below);
  }
  commit() {
    return new Promise((resolve) => this.#stream.write(this.#codes.splice(0).join(""), () => resolve()));
  }
  rollback() {
    this.#codes = [];
    return this;
  }
}

module.exports = {
  Readline,
  clearLine: (stream, direction, callback) => put(stream, lineCode(direction), callback),
  clearScreenDown: (stream, callback) => put(stream, CODES.below, callback),
  cursorTo: (stream, x, y, callback = y) => put(stream, toCode(x, typeof y === "function" ? undefined : y), typeof callback === "function" ? callback : undefined),
  moveCursor: (stream, dx, dy, callback) => put(stream, moveCode(dx, dy), callback),
};
