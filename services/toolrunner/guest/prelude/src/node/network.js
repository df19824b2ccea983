// node:http, https, net, tls and http2, made together and on first use: their code is packed.
import { codeOf } from "../core/calls.js";
import { deniedError, explain, kindOf, limitExceeded } from "../core/errors.js";
import { asRefusedConnection, networkError, notGranted } from "../core/network-errors.js";
import { indexOf } from "../core/primordials.js";
import { fromBase64, toBase64 } from "../web/base64.js";

const FROM_PRELUDE = {
  asRefusedConnection, codeOf, deniedError, explain, fromBase64, kindOf, limitExceeded, networkError, notGranted, toBase64,
};

const OF_UNDICI = "wasm_on_headers_complete";

/**
 * Gives a bundle that carries undici, whose parser is WebAssembly, a stand-in for it. Others get none, and
 * use what they have for engines without.
 */
export function provideHttpParser(source, unpack) {
  if (indexOf(source, OF_UNDICI) < 0) return;
  const value = unpack("network").webAssemblyOfUndici();
  Object.defineProperty(globalThis, "WebAssembly", { value, writable: true, configurable: true });
}

/** Makes `module(name)`; `calls` are the host calls, `unpack(name)` evaluates a packed package. */
export function networkModules(calls, unpack) {
  let made;
  return function module(name) {
    made ??= unpack("network").createNetwork({
      calls, stream: unpack("stream"), EventEmitter: require("./events.cjs"), ...FROM_PRELUDE,
    });
    return made[name];
  };
}
