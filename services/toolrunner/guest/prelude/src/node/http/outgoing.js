// OutgoingMessage: a writable stream with headers, as requests and a server's responses are.
import { codedError } from "./errors.js";
import { HeaderStore } from "./headers.js";

/** Makes the class; `Writable` is that of node:stream. */
export function outgoingMessage({ Writable }) {
  function OutgoingMessage(options) {
    if (!(this instanceof OutgoingMessage)) return new OutgoingMessage(options);
    Writable.call(this, { autoDestroy: false, emitClose: false, decodeStrings: true, ...options });
    this._headerStore = new HeaderStore();
    this._headerSent = false;
    this._hasBody = true;
    this.chunkedEncoding = false;
    this.shouldKeepAlive = true;
    this.useChunkedEncodingByDefault = true;
    this.sendDate = false;
    this.finished = false;
    this.maxRequestsOnConnectionReached = false;
    this.strictContentLength = false;
    this.outputData = [];
    this.outputSize = 0;
    this.socket = null;
  }
  Object.setPrototypeOf(OutgoingMessage.prototype, Writable.prototype);
  Object.setPrototypeOf(OutgoingMessage, Writable);

  function changing(message, what) {
    if (!message._headerSent) return message._headerStore;
    throw codedError("ERR_HTTP_HEADERS_SENT", `Cannot ${what} headers after they are sent to the client`);
  }

  const methods = {
    setHeader(name, value) {
      changing(this, "set").set(name, value);
      return this;
    },
    setHeaders(headers) {
      for (const [name, value] of headers.entries()) this.setHeader(name, value);
      return this;
    },
    appendHeader(name, value) {
      changing(this, "append").append(name, value);
      return this;
    },
    getHeader(name) {
      return this._headerStore.get(`${name}`);
    },
    getHeaderNames() {
      return this._headerStore.names();
    },
    getRawHeaderNames() {
      return this._headerStore.rawNames();
    },
    getHeaders() {
      return this._headerStore.object();
    },
    hasHeader(name) {
      return this._headerStore.has(`${name}`);
    },
    removeHeader(name) {
      changing(this, "remove").delete(`${name}`);
    },
    addTrailers() {},
    _implicitHeader() {
      this._headerSent = true;
    },
    flushHeaders() {
      if (!this._headerSent) this._implicitHeader();
    },
    setTimeout(delay, callback) {
      if (callback) this.on("timeout", callback);
      if (this.socket) this.socket.setTimeout(delay);
      else this.once("socket", (socket) => socket.setTimeout(delay));
      return this;
    },
    write(chunk, encoding, callback) {
      if (!this._headerSent) this._implicitHeader();
      return Writable.prototype.write.call(this, chunk, encoding, callback);
    },
    end(chunk, encoding, callback) {
      if (!this._headerSent && !this.writableEnded) this._implicitHeader();
      this.finished = true;
      return Writable.prototype.end.call(this, chunk, encoding, callback);
    },
  };
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(OutgoingMessage.prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
  Object.defineProperties(OutgoingMessage.prototype, {
    headersSent: { configurable: true, enumerable: true, get() { return this._headerSent; } },
    connection: {
      configurable: true,
      enumerable: true,
      get() { return this.socket; },
      set(value) { this.socket = value; },
    },
    _header: { configurable: true, get() { return this._headerSent ? this._renderedHead() : null; } },
    _headers: { configurable: true, get() { return this.getHeaders(); } },
    _headerNames: { configurable: true, get() { return Object.fromEntries(this.getRawHeaderNames().map((name) => [name.toLowerCase(), name])); } },
  });
  OutgoingMessage.prototype._firstLine = () => "";
  OutgoingMessage.prototype._renderedHead = function rendered() {
    const lines = this._headerStore.lines().map(([name, value]) => `${name}: ${value}\r\n`);
    return `${this._firstLine()}${lines.join("")}\r\n`;
  };
  return OutgoingMessage;
}
