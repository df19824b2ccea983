// Agent: keeps no connections, since the host does; subclasses may still make sockets of their own.
import { invalidArgument } from "./errors.js";

/** Makes the classes of http and https; `connectionFor(options)` makes the socket of a request. */
export function agents({ EventEmitter, connectionFor }) {
  function Agent(options) {
    if (!(this instanceof Agent)) return new Agent(options);
    EventEmitter.call(this);
    const { maxTotalSockets } = options ?? {};
    if (maxTotalSockets !== undefined && typeof maxTotalSockets !== "number") {
      throw invalidArgument("maxTotalSockets", "of type number", maxTotalSockets);
    }
    this.options = { __proto__: null, ...options };
    this.options.noDelay ??= true;
    this.options.path = null;
    this.defaultPort = this.options.defaultPort ?? 80;
    this.protocol = this.options.protocol ?? "http:";
    this.requests = Object.create(null);
    this.sockets = Object.create(null);
    this.freeSockets = Object.create(null);
    this.keepAliveMsecs = this.options.keepAliveMsecs || 1000;
    this.keepAlive = this.options.keepAlive || false;
    this.maxSockets = this.options.maxSockets || Infinity;
    this.maxFreeSockets = this.options.maxFreeSockets || 256;
    this.scheduling = this.options.scheduling || "lifo";
    this.maxTotalSockets = maxTotalSockets ?? Infinity;
    this.totalSocketCount = 0;
  }
  Object.setPrototypeOf(Agent.prototype, EventEmitter.prototype);
  Object.setPrototypeOf(Agent, EventEmitter);
  Agent.defaultMaxSockets = Infinity;

  // As in Node, subclasses may make sockets of their own: one that goes elsewhere, such as to a proxy,
  // is refused by the request.
  const methods = {
    createConnection: (options) => connectionFor(options),
    createSocket(request, options, callback) {
      const made = this.createConnection({ ...options, secure: request.protocol === "https:" }, callback);
      if (made) callback(null, made);
    },
    addRequest(request, options) {
      let isDone = false;
      this.createSocket(request, options, (error, socket) => {
        if (isDone) return;
        isDone = true;
        if (error) request.destroy(error);
        else request.onSocket(socket);
      });
    },
    getName(options = {}) {
      const { host = "localhost", port = "", localAddress = "", family, socketPath } = options;
      const end = family === 4 || family === 6 ? `:${family}` : "";
      return `${host}:${port}:${localAddress}${end}${socketPath ? `:${socketPath}` : ""}`;
    },
    removeSocket() {},
    keepSocketAlive: () => true,
    reuseSocket() {},
    destroy() {},
  };
  Object.assign(Agent.prototype, methods);

  function HttpsAgent(options) {
    if (!(this instanceof HttpsAgent)) return new HttpsAgent(options);
    Agent.call(this, options);
    this.defaultPort = this.options.defaultPort ?? 443;
    this.protocol = this.options.protocol ?? "https:";
    this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
    this._sessionCache = { map: {}, list: [] };
  }
  Object.defineProperty(HttpsAgent, "name", { value: "Agent" });
  Object.setPrototypeOf(HttpsAgent.prototype, Agent.prototype);
  Object.setPrototypeOf(HttpsAgent, Agent);
  HttpsAgent.prototype.createConnection = (options) => connectionFor({ ...options, secure: true });

  const settings = { keepAlive: true, scheduling: "lifo", timeout: 5000 };
  return { Agent, HttpsAgent, httpAgent: new Agent(settings), httpsAgent: new HttpsAgent(settings) };
}
