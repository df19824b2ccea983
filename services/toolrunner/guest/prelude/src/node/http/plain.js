// node:net and node:tls around their sockets and servers.
import { addressTests, normalized } from "./socket.js";

const CIPHERS = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

/** Makes node:net. */
export function createNet({ Socket, Server }) {
  class BlockList {
    rules = [];
    addAddress() {}
    addRange() {}
    addSubnet() {}
    check() {
      return false;
    }
  }
  class SocketAddress {
    constructor({ address = "127.0.0.1", family = "ipv4", port = 0, flowlabel = 0 } = {}) {
      Object.assign(this, { address, family, port, flowlabel });
    }
  }
  class BoundSocket {
    address() {
      return {};
    }
    close() {}
  }
  let autoSelectFamily = true;
  let attemptTimeout = 500;
  function connect(...args) {
    const [options] = normalized(args);
    return new Socket(options).connect(...args);
  }
  return {
    ...addressTests, BlockList, BoundSocket, Server, Socket, SocketAddress, Stream: Socket,
    connect, createConnection: connect, createServer: (options, listener) => new Server(options, listener),
    _createServerHandle: () => null, _normalizeArgs: (args) => normalized(args),
    getDefaultAutoSelectFamily: () => autoSelectFamily,
    setDefaultAutoSelectFamily(value) {
      autoSelectFamily = value;
    },
    getDefaultAutoSelectFamilyAttemptTimeout: () => attemptTimeout,
    setDefaultAutoSelectFamilyAttemptTimeout(value) {
      attemptTimeout = Math.max(value, 10);
    },
  };
}

/** Makes node:tls. */
export function createTls({ TLSSocket, TlsServer }) {
  class SecureContext {
    context = {};
  }
  function connect(...args) {
    const [options, callback] = normalized(args);
    // Below a socket that is there already, TLS would need the bytes themselves.
    const host = options.host ?? options.socket?._host ?? options.servername;
    const port = options.port ?? options.socket?._port;
    const socket = new TLSSocket(undefined, options);
    socket.servername = options.servername ?? host ?? false;
    return socket.connect({ ...options, host, port }, callback ?? undefined);
  }
  return {
    CLIENT_RENEG_LIMIT: 3, CLIENT_RENEG_WINDOW: 600, DEFAULT_CIPHERS: CIPHERS, DEFAULT_ECDH_CURVE: "auto",
    DEFAULT_MIN_VERSION: "TLSv1.2", DEFAULT_MAX_VERSION: "TLSv1.3", rootCertificates: [],
    SecureContext, Server: TlsServer, TLSSocket, connect,
    createSecureContext: () => new SecureContext(), createServer: (options, listener) => new TlsServer(options, listener),
    getCiphers: () => CIPHERS.toLowerCase().split(":"), getCACertificates: () => [], setDefaultCACertificates() {},
    getCertificateCompressionAlgorithms: () => [],
    checkServerIdentity: () => undefined, convertALPNProtocols() {},
  };
}
