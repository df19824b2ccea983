// node:http, https, net, tls and http2.
export { webAssemblyOfUndici } from "../node/http/llhttp.js";
export { createNetwork } from "../node/http/network.js";
