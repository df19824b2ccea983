// Servers, which listen to nothing: they start, tell an address, and never get a connection.
import { STATUS_CODES } from "./constants.js";
import { setAll } from "./headers.js";
import { normalized } from "./socket.js";

const FIRST_PORT = 49152;

/** Makes the Server classes of net, tls, http and https. */
export function servers({ EventEmitter }) {
  let nextPort = FIRST_PORT;

  function Server(options, listener) {
    if (!(this instanceof Server)) return new Server(options, listener);
    EventEmitter.call(this);
    const onConnection = typeof options === "function" ? options : listener;
    if (typeof onConnection === "function") this.on("connection", onConnection);
    Object.assign(this, { _address: null, maxConnections: undefined, _connections: 0, pauseOnConnect: false });
    this.allowHalfOpen = options?.allowHalfOpen ?? false;
  }
  Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);
  Object.setPrototypeOf(Server, EventEmitter);

  const methods = {
    listen(...args) {
      const [options, callback] = normalized(args);
      const isAny = options.host === undefined || options.host === "::";
      const family = isAny || `${options.host}`.includes(":") ? "IPv6" : "IPv4";
      const address = isAny ? "::" : options.host === "localhost" ? "127.0.0.1" : options.host;
      this._address = options.path ?? { address, family, port: +options.port || nextPort++ };
      if (callback) this.once("listening", callback);
      process.nextTick(() => this._address !== null && this.emit("listening"));
      return this;
    },
    close(callback) {
      const wasListening = this._address !== null;
      this._address = null;
      const error = wasListening ? undefined : Object.assign(new Error("Server is not running."), { code: "ERR_SERVER_NOT_RUNNING" });
      if (typeof callback === "function") process.nextTick(callback, error);
      if (wasListening) process.nextTick(() => this.emit("close"));
      return this;
    },
    address() {
      return this._address;
    },
    getConnections(callback) {
      process.nextTick(callback, null, 0);
      return this;
    },
    setTimeout(delay, callback) {
      this.timeout = delay;
      if (callback) this.on("timeout", callback);
      return this;
    },
    closeAllConnections() {},
    closeIdleConnections() {},
    setSecureContext() {},
    addContext() {},
    ref() {
      return this;
    },
    unref() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      if (this._address !== null) this.close();
    },
  };
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(Server.prototype, name, { value: methods[name], writable: true, configurable: true });
  }
  Object.defineProperty(Server.prototype, "listening", { configurable: true, get() { return this._address !== null; } });

  function httpServer() {
    function HttpServer(options, listener) {
      if (!(this instanceof HttpServer)) return new HttpServer(options, listener);
      Server.call(this, typeof options === "function" ? undefined : options);
      const onRequest = typeof options === "function" ? options : listener;
      if (typeof onRequest === "function") this.on("request", onRequest);
      Object.assign(this, { timeout: 0, keepAliveTimeout: 5000, headersTimeout: 60_000, requestTimeout: 300_000 });
      Object.assign(this, { maxHeadersCount: null, maxRequestsPerSocket: 0, httpAllowHalfOpen: false });
    }
    Object.defineProperty(HttpServer, "name", { value: "Server" });
    Object.setPrototypeOf(HttpServer.prototype, Server.prototype);
    Object.setPrototypeOf(HttpServer, Server);
    return HttpServer;
  }

  function TlsServer(options, listener) {
    if (!(this instanceof TlsServer)) return new TlsServer(options, listener);
    Server.call(this, options, undefined);
    if (typeof listener === "function") this.on("secureConnection", listener);
  }
  Object.defineProperty(TlsServer, "name", { value: "Server" });
  Object.setPrototypeOf(TlsServer.prototype, Server.prototype);
  Object.setPrototypeOf(TlsServer, Server);
  return { Server, HttpServer: httpServer(), HttpsServer: httpServer(), TlsServer };
}

/** Makes ServerResponse, which programs patch and construct; what is written to it goes nowhere. */
export function serverResponse({ OutgoingMessage }) {
  function ServerResponse(request, options) {
    if (!(this instanceof ServerResponse)) return new ServerResponse(request, options);
    OutgoingMessage.call(this, options);
    this.req = request;
    this.sendDate = true;
    this.statusCode = 200;
    this.statusMessage = undefined;
    if (request?.method === "HEAD") this._hasBody = false;
  }
  Object.setPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
  Object.setPrototypeOf(ServerResponse, OutgoingMessage);
  Object.assign(ServerResponse.prototype, {
    _firstLine() {
      return `HTTP/1.1 ${this.statusCode} ${this.statusMessage ?? STATUS_CODES[this.statusCode] ?? "unknown"}\r\n`;
    },
    _write(chunk, encoding, done) {
      if (this.socket) this.socket.write(chunk, done);
      else done();
    },
    writeHead(status, reason, headers) {
      this.statusCode = status | 0;
      if (typeof reason === "string") this.statusMessage = reason;
      setAll(this._headerStore, typeof reason === "string" ? headers : reason);
      if (this.statusCode < 200 || this.statusCode === 204 || this.statusCode === 304) this._hasBody = false;
      this._headerSent = true;
      return this;
    },
    // Through `writeHead`, which programs replace to see or change the headers.
    _implicitHeader() {
      this.writeHead(this.statusCode);
    },
    assignSocket(socket) {
      this.socket = socket;
      socket._httpMessage = this;
      this.emit("socket", socket);
    },
    detachSocket(socket) {
      socket._httpMessage = null;
      this.socket = null;
    },
    writeContinue() {},
    writeProcessing() {},
    writeEarlyHints() {},
    writeInformation() {},
  });
  ServerResponse.prototype.writeHeader = ServerResponse.prototype.writeHead;
  return ServerResponse;
}
