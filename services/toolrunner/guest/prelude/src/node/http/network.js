// node:http, https, net, tls and http2, made together: one needs the other's classes.
import { agents } from "./agent.js";
import { carriers } from "./carrier.js";
import { clientRequest } from "./client.js";
import { METHODS, STATUS_CODES } from "./constants.js";
import { guest } from "./guest.js";
import { createHttp2 } from "./http2.js";
import { incomingMessage } from "./incoming.js";
import { outgoingMessage } from "./outgoing.js";
import { validateHeaderName, validateHeaderValue } from "./headers.js";
import { createNet, createTls } from "./plain.js";
import { serverResponse, servers } from "./server.js";
import { sockets } from "./socket.js";
import { optionsOf } from "./target.js";

function withRequests(module, ClientRequest, defaults) {
  module.request = function request(input, given, last) {
    const [options, callback] = optionsOf(input, given, last);
    return new ClientRequest(defaults(options), callback);
  };
  module.get = function get(input, options, callback) {
    const request = module.request(input, options, callback);
    request.end();
    return request;
  };
  return module;
}

/**
 * Makes the modules; `calls` are the host calls, `stream` and `EventEmitter` those of Node's modules, and the
 * rest goes to `guest`.
 */
export function createNetwork({ calls, stream, EventEmitter, ...rest }) {
  Object.assign(guest, rest);
  const { Socket, TLSSocket } = sockets({ Duplex: stream.Duplex, carrierOf: carriers(calls) });
  const connectionFor = ({ secure, host, port }) => new (secure ? TLSSocket : Socket)()._standFor({ host, port });
  const { Agent, HttpsAgent, httpAgent, httpsAgent } = agents({ EventEmitter, connectionFor });
  const { Server, HttpServer, HttpsServer, TlsServer } = servers({ EventEmitter });
  const OutgoingMessage = outgoingMessage(stream);
  const IncomingMessage = incomingMessage(stream);
  const ServerResponse = serverResponse({ OutgoingMessage });

  const http = {
    _connectionListener() {}, METHODS, STATUS_CODES, Agent, IncomingMessage, OutgoingMessage, Server: HttpServer, ServerResponse,
    createServer: (options, listener) => new HttpServer(options, listener),
    validateHeaderName, validateHeaderValue, setMaxIdleHTTPParsers() {}, setGlobalProxyFromEnv: () => () => {},
    maxHeaderSize: 16_384, globalAgent: httpAgent,
  };
  for (const name of ["WebSocket", "CloseEvent", "MessageEvent"]) {
    Object.defineProperty(http, name, { configurable: true, enumerable: true, get: () => globalThis[name] });
  }
  http.ClientRequest = clientRequest({ calls, OutgoingMessage, IncomingMessage, defaultAgent: () => http.globalAgent });
  withRequests(http, http.ClientRequest, (options) => options);
  const https = {
    Agent: HttpsAgent, globalAgent: httpsAgent, Server: HttpsServer,
    createServer: (options, listener) => new HttpsServer(options, listener),
  };
  withRequests(https, http.ClientRequest, (options) => Object.assign(options, { _defaultAgent: options._defaultAgent ?? https.globalAgent }));
  return {
    http,
    https,
    net: createNet({ Socket, Server, stream }),
    tls: createTls({ TLSSocket, TlsServer }),
    http2: createHttp2({ EventEmitter, stream, HttpServer }),
  };
}
