// node:http2: its constants, and sessions that fail as a refused connection does.
import { codedError, refusal } from "./errors.js";
import { http2Constants } from "./http2-constants.js";

const SETTINGS = {
  headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384,
  maxConcurrentStreams: 4294967295, maxHeaderSize: 65535, maxHeaderListSize: 65535, enableConnectProtocol: false,
};

/** Makes node:http2. */
export function createHttp2({ EventEmitter, stream, HttpServer }) {
  const { Duplex } = stream;

  class ClientHttp2Stream extends Duplex {
    constructor() {
      super({ read() {}, write: (chunk, encoding, done) => done() });
      Object.assign(this, { aborted: false, pending: true, rstCode: 0, sentHeaders: {} });
    }
    close(code, callback) {
      if (callback) this.once("close", callback);
      this.destroy();
    }
    setTimeout() {
      return this;
    }
    priority() {}
  }

  class ClientHttp2Session extends EventEmitter {
    #streams = new Set();
    constructor(authority) {
      super();
      const url = new URL(`${authority}`);
      Object.assign(this, { destroyed: false, closed: false, connecting: true, encrypted: false, type: 1, alpnProtocol: undefined });
      Object.assign(this, { localSettings: { ...SETTINGS }, remoteSettings: { ...SETTINGS }, socket: undefined, originSet: [url.origin] });
      const where = { host: url.hostname, port: +url.port || (url.protocol === "http:" ? 80 : 443) };
      const sentence = `the sandbox does not speak HTTP/2, so nothing connects to ${url.host}: use HTTP/1.1 or fetch`;
      process.nextTick(() => this.destroyed || this.destroy(refusal(sentence, where)));
    }
    request(headers, { signal } = {}) {
      if (this.destroyed) throw codedError("ERR_HTTP2_INVALID_SESSION", "The session has been destroyed");
      const made = new ClientHttp2Stream();
      made.sentHeaders = { ...headers };
      signal?.addEventListener("abort", () => made.destroy(signal.reason), { once: true });
      this.#streams.add(made);
      return made;
    }
    destroy(error) {
      if (this.destroyed) return;
      Object.assign(this, { destroyed: true, closed: true, connecting: false });
      for (const each of this.#streams) each.destroy(typeof error === "object" ? error : undefined);
      process.nextTick(() => {
        if (typeof error === "object" && error !== null) this.emit("error", error);
        this.emit("close");
      });
    }
    close(callback) {
      if (callback) this.once("close", callback);
      this.destroy();
    }
    settings() {}
    setTimeout() {
      return this;
    }
    setLocalWindowSize() {}
    goaway() {}
    ref() {}
    unref() {}
  }

  function connect(authority, options, listener) {
    const session = new ClientHttp2Session(authority);
    const onConnect = typeof options === "function" ? options : listener;
    if (typeof onConnect === "function") session.once("connect", onConnect);
    return session;
  }
  class Http2ServerRequest extends stream.Readable {}
  class Http2ServerResponse extends stream.Stream {}
  const createServer = (options, listener) => new HttpServer(options, listener);
  return {
    connect, constants: http2Constants(), createServer, createSecureServer: createServer,
    getDefaultSettings: () => ({ ...SETTINGS }), getPackedSettings: () => Buffer.alloc(0), getUnpackedSettings: () => ({}),
    performServerHandshake() {}, sensitiveHeaders: Symbol("sensitiveHeaders"), Http2ServerRequest, Http2ServerResponse,
  };
}
