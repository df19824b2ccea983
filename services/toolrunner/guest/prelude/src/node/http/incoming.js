// IncomingMessage: the response to a request, whose body comes from the host piece by piece.
import { joined } from "./headers.js";

/** Makes the class; `Readable` is that of node:stream. */
export function incomingMessage({ Readable }) {
  function IncomingMessage(socket) {
    if (!(this instanceof IncomingMessage)) return new IncomingMessage(socket);
    Readable.call(this, { autoDestroy: true, highWaterMark: socket?.readableHighWaterMark });
    this.socket = socket ?? null;
    this.httpVersionMajor = null;
    this.httpVersionMinor = null;
    this.httpVersion = null;
    this.complete = false;
    this.rawHeaders = [];
    this.rawTrailers = [];
    this.headers = {};
    this.headersDistinct = Object.create(null);
    this.trailers = {};
    this.trailersDistinct = Object.create(null);
    this.aborted = false;
    this.upgrade = null;
    this.url = "";
    this.method = null;
    this.statusCode = null;
    this.statusMessage = null;
    this.client = socket;
    this._dumped = false;
    this._source = null;
  }
  Object.setPrototypeOf(IncomingMessage.prototype, Readable.prototype);
  Object.setPrototypeOf(IncomingMessage, Readable);

  const methods = {
    /** Become the response that the host gave, with a body from `source`: `{read(), close()}` or null. */
    _begin({ status, statusText, headers }, source) {
      Object.assign(this, joined(headers), { statusCode: status, statusMessage: statusText });
      Object.assign(this, { httpVersionMajor: 1, httpVersionMinor: 1, httpVersion: "1.1" });
      this._source = source;
      return this;
    },
    _read() {
      if (this._source === null) {
        this.complete = true;
        this.push(null);
        return;
      }
      this._source.read().then(
        (piece) => process.nextTick(() => this._take(piece)),
        (error) => this.destroy(error),
      );
    },
    _take({ bytes, done }) {
      if (this.destroyed) return;
      this.socket?._active();
      if (done) this.complete = true;
      if (bytes.length > 0) this.push(bytes);
      if (done) this.push(null);
      else if (bytes.length === 0) this._read();
    },
    _destroy(error, callback) {
      if (!this.readableEnded || !this.complete) {
        this.aborted = true;
        if (this._source !== null) this._source.close();
        this.emit("aborted");
      }
      this.req?._responseClosed();
      const shown = this.listenerCount("error") === 0 ? null : error;
      process.nextTick(() => callback(shown));
    },
    _dump() {
      if (this._dumped) return;
      this._dumped = true;
      this.resume();
    },
    setTimeout(delay, callback) {
      if (callback) this.on("timeout", callback);
      this.socket?.setTimeout(delay);
      return this;
    },
  };
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(IncomingMessage.prototype, name, { value, writable: true, configurable: true });
  }
  Object.defineProperty(IncomingMessage.prototype, "connection", {
    configurable: true,
    get() { return this.socket; },
    set(value) { this.socket = value; },
  });
  return IncomingMessage;
}
