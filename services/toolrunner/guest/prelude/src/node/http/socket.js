// net.Socket and tls.TLSSocket. A socket of an HTTP request only shows what clients look at. Any other
// connects through a carrier, which speaks HTTP to the host.
import { invalidArgument, refusal } from "./errors.js";

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/;
const isIPv4 = (text) => V4.test(`${text}`) && !`${text}`.endsWith(".");
const isIPv6 = (text) => `${text}`.includes(":") && URL.canParse(`http://[${`${text}`.replace(/%.*$/, "")}]/`);
const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);
export const addressTests = { isIP, isIPv4, isIPv6 };

/** `[options, callback]` of the arguments of `connect`: options, or port and host, or a path. */
export function normalized(args) {
  const callback = typeof args.at(-1) === "function" ? args.at(-1) : null;
  const [first, second] = args;
  if (first === null || first === undefined || typeof first === "function") return [{}, callback];
  if (typeof first === "object") return [first, callback];
  if (typeof first === "string" && !/^\d+$/.test(first)) return [{ path: first }, callback];
  return [{ port: first, ...(typeof second === "string" ? { host: second } : {}) }, callback];
}

/** Makes the classes; `carrierOf(socket)` makes what connects a socket: `{open(), write(bytes), end()}`. */
export function sockets({ Duplex, carrierOf }) {
  function Socket(options) {
    if (!(this instanceof Socket)) return new Socket(options);
    const { allowHalfOpen = false, highWaterMark } = options ?? {};
    Duplex.call(this, { allowHalfOpen, highWaterMark, emitClose: false, autoDestroy: true, decodeStrings: true });
    Object.assign(this, { connecting: false, timeout: 0, bytesRead: 0, server: null, parser: null, _httpMessage: null });
    Object.assign(this, { _host: undefined, _port: undefined, _timer: null, _carrier: null, _isForRequest: undefined, _hadError: false });
    this._written = 0;
    this.autoSelectFamilyAttemptedAddresses = undefined;
    this.on("end", () => this.allowHalfOpen || this.writableEnded || this.end());
  }
  Object.setPrototypeOf(Socket.prototype, Duplex.prototype);
  Object.setPrototypeOf(Socket, Duplex);

  const methods = {
    /** Be the socket of a request to `host` and `port`. */
    _standFor({ host, port }) {
      Object.assign(this, { _host: host, _port: +port, connecting: true, _isForRequest: true });
      return this;
    },
    /** Tell that it is connected, then run `next`. */
    _connected(next) {
      process.nextTick(() => {
        if (this.destroyed) return;
        const wasConnecting = this.connecting;
        this.connecting = false;
        if (wasConnecting) this._tellConnected();
        if (!this.destroyed) next();
      });
    },
    // Without `lookup`: the addresses of names are the host's affair.
    _tellConnected() {
      this.emit("connect");
      this.emit("ready");
      if (this.encrypted) this.emit("secureConnect");
    },
    _active() {
      if (this._timer !== null) this._timer.refresh();
    },

    connect(...args) {
      const [options, callback] = normalized(Array.isArray(args[0]) ? args[0] : args);
      if (callback) this.once(this.encrypted ? "secureConnect" : "connect", callback);
      this._host = options.host || options.servername || "localhost";
      this._port = options.port === undefined ? undefined : +options.port;
      this.connecting = true;
      if (options.timeout) this.setTimeout(options.timeout);
      const where = { host: this._host, port: this._port };
      if (options.path) {
        process.nextTick(() => this.destroy(refusal("the sandbox has no Unix sockets: use http or https to a host", where)));
        return this;
      }
      if (!(this._port >= 0 && this._port < 65536)) {
        throw invalidArgument("options", 'an object with the property "port" or "path"', options);
      }
      this._carrier = carrierOf(this);
      process.nextTick(() => this.destroyed || this._carrier.open());
      return this;
    },
    _read() {
      this._carrier?.wantsMore?.();
    },
    _write(chunk, encoding, done) {
      this._written += chunk.length;
      this._active();
      if (this._carrier === null || !this.connecting) this._pass(chunk, done);
      else this.once("connect", () => this._pass(chunk, done));
    },
    _pass(chunk, done) {
      this._carrier?.write(chunk);
      done();
    },
    _final(done) {
      this._carrier?.end();
      done();
    },
    _destroy(error, callback) {
      this.connecting = false;
      this.setTimeout(0);
      this._carrier?.close();
      const request = this._httpMessage;
      this._httpMessage = null;
      if (request && this._isForRequest && !request.destroyed) request.destroy(error);
      callback(this._isForRequest ? null : error);
      process.nextTick(() => this.emit("close", Boolean(error)));
    },
    destroySoon() {
      if (this.writable) this.end();
      if (this.writableFinished) this.destroy();
      else this.once("finish", this.destroy);
    },
    resetAndDestroy() {
      return this.destroy();
    },

    setTimeout(delay, callback) {
      if (typeof delay !== "number") throw invalidArgument("msecs", "of type number", delay);
      if (this._timer !== null) clearTimeout(this._timer);
      this._timer = null;
      this.timeout = delay;
      if (callback) {
        if (delay === 0) this.removeListener("timeout", callback);
        else this.once("timeout", callback);
      }
      if (delay > 0 && !this.destroyed) this._timer = setTimeout(() => this.emit("timeout"), delay);
      return this;
    },
    setNoDelay() {
      return this;
    },
    setKeepAlive() {
      return this;
    },
    ref() {
      return this;
    },
    unref() {
      return this;
    },
    address() {
      return this._host === undefined ? {} : { address: "127.0.0.1", family: "IPv4", port: 49152 };
    },
  };
  const getters = {
    remoteAddress() { return isIP(this._host) ? this._host : undefined; },
    remoteFamily() { return isIP(this._host) ? `IPv${isIP(this._host)}` : undefined; },
    remotePort() { return this._port; },
    localAddress() { return this._host === undefined ? undefined : "127.0.0.1"; },
    localPort() { return this._host === undefined ? undefined : 49152; },
    localFamily() { return this._host === undefined ? undefined : "IPv4"; },
    bytesWritten() { return this._written; },
    bufferSize() { return this.writableLength; },
    pending() { return this._host === undefined || this.connecting; },
    _connecting() { return this.connecting; },
    readyState() {
      if (this.connecting) return "opening";
      if (this.readable && this.writable) return "open";
      return this.readable ? "readOnly" : this.writable ? "writeOnly" : "closed";
    },
  };
  defineMembers(Socket, methods, getters);

  class JSStreamSocket extends Socket {}

  function TLSSocket(inner, options) {
    if (!(this instanceof TLSSocket)) return new TLSSocket(inner, options);
    Socket.call(this, options);
    Object.assign(this, { encrypted: true, authorized: true, authorizationError: null, alpnProtocol: false, servername: null });
    // http2-wrapper, a part of got, looks for the class of this at load.
    this._handle = { _parentWrap: new JSStreamSocket() };
    if (inner?._host !== undefined) Object.assign(this, { _host: inner._host, _port: inner._port });
  }
  Object.setPrototypeOf(TLSSocket.prototype, Socket.prototype);
  Object.setPrototypeOf(TLSSocket, Socket);
  const none = () => undefined;
  defineMembers(TLSSocket, {
    getPeerCertificate: () => ({}), getCertificate: () => ({}), getPeerX509Certificate: none, getX509Certificate: none,
    getCipher: () => ({ name: "TLS_AES_256_GCM_SHA384", standardName: "TLS_AES_256_GCM_SHA384", version: "TLSv1.3" }),
    getProtocol: () => "TLSv1.3", getSession: none, setSession: none, getTLSTicket: none, isSessionReused: () => false,
    getEphemeralKeyInfo: () => ({}), getFinished: none, getPeerFinished: none, getSharedSigalgs: () => [],
    setServername: none, setMaxSendFragment: () => true, disableRenegotiation: none, enableTrace: none,
    renegotiate: () => false,
  }, {});
  return { Socket, TLSSocket };
}

function defineMembers(Class, methods, getters) {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
  for (const [name, get] of Object.entries(getters)) {
    Object.defineProperty(Class.prototype, name, { get, configurable: true, enumerable: true });
  }
}
