// node:http, https, net, tls and http2.
export { createNetwork } from "../node/http/network.js";
