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
 * Makes `{module, loads}`; `calls` are the host calls, `unpack(name)` evaluates a packed package.
 *
 * A bundle that carries undici, whose parser is WebAssembly, gets a stand-in for that with `net`. Others get
 * none, and use what they have for engines without. `loads(source)` says what is being loaded, "" once it is.
 */
export function networkModules(calls, unpack) {
  let made;
  let loaded = "";

  function provideHttpParser() {
    if (indexOf(loaded, OF_UNDICI) < 0) return;
    const value = unpack("network").webAssemblyOfUndici();
    Object.defineProperty(globalThis, "WebAssembly", { value, writable: true, configurable: true });
  }

  function module(name) {
    made ??= unpack("network").createNetwork({
      calls, stream: unpack("stream"), EventEmitter: require("./events.cjs"), ...FROM_PRELUDE,
    });
    if (name === "net") provideHttpParser();
    return made[name];
  }

  function loads(source) {
    loaded = source;
  }
  return { module, loads };
}
