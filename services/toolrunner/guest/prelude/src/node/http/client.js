// ClientRequest: a request of http or https that goes to the host as that of fetch does.
import { guest } from "./guest.js";
import { abortError, codedError, connectionError, hangUp, refusal } from "./errors.js";
import { exchange, MAX_BODY_BYTES, tooLarge } from "./exchange.js";
import { setAll } from "./headers.js";
import { authorityOf, optionsOf, targetOf } from "./target.js";

const WITHOUT_BODY = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"]);
const NO_CONTENT = new Set([204, 304]);
const PROXIED =
  "the request goes through a proxy or a socket of its own, and the sandbox has none: the executor makes every request " +
  "itself. Leave the agent out";

/** Why a request cannot be made here, or undefined. */
function obstacleTo(request, options) {
  const { host, port } = request;
  const upgrade = request.getHeader("upgrade");
  if (upgrade !== undefined || request.method === "CONNECT") {
    return `the request to ${host} asks for ${upgrade ?? "a tunnel"}, and the sandbox makes only plain HTTP requests`;
  }
  if (options.socketPath) return "the sandbox has no Unix sockets: use http or https to a host";
  if (options.cert || options.key || options.pfx) {
    return `the request to ${host} has a client certificate, which the sandbox cannot present`;
  }
  const given = request.getHeader("host");
  const names = new Set([request._authority, `${request._authority}:${port}`, `${host}:${port}`]);
  if (given !== undefined && !names.has(`${given}`.toLowerCase()) && `${given}` !== request._authority) {
    return `the request to ${request._authority} has the Host header ${given}: the two must be the same`;
  }
  return undefined;
}

/** Makes the class from its parts; `defaultAgent()` is that of http. */
export function clientRequest({ calls, OutgoingMessage, IncomingMessage, defaultAgent }) {
  function ClientRequest(input, given, last) {
    const [options, callback] = optionsOf(input, given, last);
    OutgoingMessage.call(this, { highWaterMark: options.highWaterMark });
    const target = targetOf(options, options._defaultAgent ?? defaultAgent());
    Object.assign(this, {
      ...target, timeoutCb: null, aborted: false, reusedSocket: false, res: null, upgradeOrConnect: false,
      maxHeadersCount: null, maxHeaderSize: options.maxHeaderSize, joinDuplicateHeaders: options.joinDuplicateHeaders,
      insecureHTTPParser: options.insecureHTTPParser, socketPath: options.socketPath, parser: null,
    });
    this.useChunkedEncodingByDefault = !WITHOUT_BODY.has(this.method);
    this._authority = authorityOf(target);
    this._options = options;
    this._chunks = [];
    this._size = 0;
    this._exchange = null;
    this._isWhole = false;
    this._isClosed = false;
    if (callback) this.once("response", callback);
    this._setHeaders(options);
    this._listenTo(options.signal);
    this._findSocket({ ...options, ...this.agent?.options, host: this.host, port: this.port, path: undefined });
  }
  Object.setPrototypeOf(ClientRequest.prototype, OutgoingMessage.prototype);
  Object.setPrototypeOf(ClientRequest, OutgoingMessage);

  const methods = {
    _setHeaders({ headers, auth, setHost }) {
      setAll(this._headerStore, headers);
      if (setHost !== false && !this.hasHeader("host")) this.setHeader("Host", this._authority);
      if (auth && !this.hasHeader("authorization")) {
        this.setHeader("Authorization", `Basic ${Buffer.from(auth).toString("base64")}`);
      }
      if (this.hasHeader("expect")) this._implicitHeader();
    },
    _listenTo(signal) {
      if (!signal) return;
      if (typeof signal.addEventListener !== "function") {
        throw codedError("ERR_INVALID_ARG_TYPE", 'The "options.signal" property must be an instance of AbortSignal.', TypeError);
      }
      const stop = () => this.destroy(abortError(signal));
      if (signal.aborted) process.nextTick(stop);
      else signal.addEventListener("abort", stop, { once: true });
      this.once("close", () => signal.removeEventListener("abort", stop));
    },
    _findSocket(options) {
      if (this.agent) {
        this.agent.addRequest(this, options);
        return;
      }
      const made = options.createConnection(options, (error, socket) => this.onSocket(socket, error));
      if (made) this.onSocket(made);
    },
    _firstLine() {
      return `${this.method} ${this.path} HTTP/1.1\r\n`;
    },
    _where() {
      return { host: this.host, port: +this.port };
    },

    onSocket(socket, error) {
      process.nextTick(() => {
        if (this.destroyed) return;
        if (error) this.destroy(error);
        else this._take(socket);
      });
    },
    _take(socket) {
      const isOwn = socket._isForRequest || (socket._host === this.host && socket._port === +this.port);
      if (!isOwn) {
        this.destroy(refusal(PROXIED, this._where()));
        return;
      }
      this.socket = socket;
      socket._httpMessage = this;
      socket._isForRequest = true;
      if (this.timeout !== undefined) this._listenToTimeout();
      this.emit("socket", socket);
      if (this.destroyed) return;
      const sentence = obstacleTo(this, this._options);
      if (sentence !== undefined) this.destroy(refusal(sentence, this._where()));
      else if (!calls.may("fetch")) this.destroy(guest.asRefusedConnection(guest.notGranted(this._authority), this._where()));
      else socket._connected(() => this._connected());
    },
    _connected() {
      if (this.timeout !== undefined) this.socket.setTimeout(this.timeout);
      if (this.hasHeader("expect")) process.nextTick(() => this.destroyed || this.emit("continue"));
      if (this._isWhole) this._ask();
    },

    _write(chunk, encoding, done) {
      this._size += chunk.length;
      if (this._size > MAX_BODY_BYTES) {
        this.destroy(tooLarge());
        return;
      }
      this._chunks.push(chunk);
      this.socket?._active();
      // Some clients never end a request whose length they told.
      if (this._size >= Number(this.getHeader("content-length") ?? NaN)) this._whole();
      done();
    },
    _final(done) {
      this._whole();
      done();
    },
    _whole() {
      this._isWhole = true;
      if (this.socket !== null && !this.socket.connecting && !this.destroyed) process.nextTick(() => this._ask());
    },
    _ask() {
      if (this.destroyed || this._exchange !== null) return;
      const headers = this._headerStore.lines().filter(([name]) => name.toLowerCase() !== "host");
      const host = this._authority.endsWith(`:${this.port}`) ? this._authority : `${this._authority}:${this.port}`;
      const body = Buffer.concat(this._chunks, this._size);
      this._chunks = [];
      try {
        this._exchange = exchange(calls, { url: `${this.protocol}//${host}${this.path}`, method: this.method, headers, body });
      } catch (error) {
        this.destroy(error);
        return;
      }
      // On a tick of its own: what a listener throws is an uncaught exception, as in Node.
      this._exchange.answer.then(
        (answer) => process.nextTick(() => this._answered(answer)),
        (error) => process.nextTick(() => this.destroyed || this._fail(error)),
      );
    },
    _fail(error) {
      this._exchange = null;
      this.destroy(connectionError(error, this._where(), false));
    },
    _answered({ head, source }) {
      if (this.destroyed) {
        source?.close();
        return;
      }
      const isEmpty = this.method === "HEAD" || NO_CONTENT.has(head.status);
      if (isEmpty) source?.close();
      const response = new IncomingMessage(this.socket)._begin(head, isEmpty ? null : this._readable(source));
      this.res = response;
      response.req = this;
      this.socket._active();
      if (this.aborted || !this.emit("response", response)) response._dump();
    },
    _readable(source) {
      if (source === null) return null;
      const where = this._where();
      const read = () => source.read().catch((error) => Promise.reject(connectionError(error, where, true)));
      return { read, close: source.close };
    },
    _responseClosed() {
      if (!this.destroyed) this.destroyed = true;
      process.nextTick(() => this._close());
    },
    _close() {
      if (this._isClosed) return;
      this._isClosed = true;
      this.socket?.setTimeout(0);
      this._writableState.closed = true;
      this.emit("close");
    },

    abort() {
      if (this.aborted) return;
      this.aborted = true;
      process.nextTick(() => this.emit("abort"));
      this.destroy();
    },
    destroy(error) {
      if (this.destroyed) return this;
      this.destroyed = true;
      const response = this.res;
      if (response === null && this._exchange !== null) this._exchange.abort();
      if (error) this._writableState.errored = error;
      response?._dump();
      process.nextTick(() => {
        if (response !== null && !response.complete) response.destroy(hangUp("aborted"));
        if (error || response === null) this.emit("error", error ?? hangUp());
        this._close();
        this.socket?.destroy();
      });
      return this;
    },

    _listenToTimeout() {
      if (this.timeoutCb !== null) return;
      this.timeoutCb = () => this.emit("timeout");
      if (this.socket) this.socket.once("timeout", this.timeoutCb);
      else this.on("socket", (socket) => socket.once("timeout", this.timeoutCb));
    },
    setTimeout(delay, callback) {
      if (this._isClosed) return this;
      this._listenToTimeout();
      if (callback) this.once("timeout", callback);
      if (this.socket && !this.socket.connecting) this.socket.setTimeout(delay);
      else this.timeout = delay;
      return this;
    },
    clearTimeout(callback) {
      return this.setTimeout(0, callback);
    },
    setNoDelay() {},
    setSocketKeepAlive() {},
    _deferToConnect(method, argumentsOf) {
      const run = () => method && this.socket[method]?.(...argumentsOf);
      if (this.socket) run();
      else this.once("socket", run);
    },
  };
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(ClientRequest.prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
  return ClientRequest;
}
