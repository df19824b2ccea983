// Failures of the network as Node names them: by code, with the message and the members that its
// errors have. The host's sentence, which says more, is shown when the error leaves the tool.
import { deniedError, explain, kindOf } from "./errors.js";
import { Kind } from "./kinds.js";
import { hasOwn, objectKeys, setOwn } from "./primordials.js";

const NUMBERS = {
  __proto__: null,
  EADDRNOTAVAIL: -99, ECONNREFUSED: -111, ECONNRESET: -104, EHOSTUNREACH: -113, ENETUNREACH: -101,
  ENOENT: -2, EAI_AGAIN: -3001, EPROTO: -71, ENOTFOUND: -3008, ETIMEDOUT: -110,
};
const SAID = {
  __proto__: null,
  UND_ERR_SOCKET: ["SocketError", "other side closed"],
  UND_ERR_HEADERS_TIMEOUT: ["HeadersTimeoutError", "Headers Timeout Error"],
  UND_ERR_BODY_TIMEOUT: ["BodyTimeoutError", "Body Timeout Error"],
  UND_ERR_CONNECT_TIMEOUT: ["ConnectTimeoutError", "Connect Timeout Error"],
  HPE_INVALID_CONSTANT: ["HTTPParserError", "Expected HTTP/, RTSP/ or ICE/"],
  CERT_HAS_EXPIRED: ["Error", "certificate has expired"],
  CERT_NOT_YET_VALID: ["Error", "certificate is not yet valid"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["Error", "self-signed certificate"],
  SELF_SIGNED_CERT_IN_CHAIN: ["Error", "self-signed certificate in certificate chain"],
  UNABLE_TO_GET_ISSUER_CERT: ["Error", "unable to get issuer certificate"],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["Error", "unable to get local issuer certificate"],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["Error", "unable to verify the first certificate"],
  Z_DATA_ERROR: ["Error", "incorrect header check"],
  Z_BUF_ERROR: ["Error", "unexpected end of file"],
};

function detailsOf(code, host, port, sentence) {
  const errno = NUMBERS[code];
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return { message: `getaddrinfo ${code} ${host}`, more: { errno, code, syscall: "getaddrinfo", hostname: host } };
  }
  if (code === "EPROTO") return { message: `write EPROTO ${sentence}`, more: { errno, code, syscall: "write" } };
  if (code === "ECONNRESET") return { message: "read ECONNRESET", more: { errno, code, syscall: "read" } };
  if (errno === undefined) return undefined;
  return { message: `connect ${code} ${host}:${port}`, more: { errno, code, syscall: "connect", address: host, port } };
}

function withMembers(error, members) {
  const names = objectKeys(members);
  for (let i = 0; i < names.length; i++) setOwn(error, names[i], members[names[i]]);
  return error;
}

/** Node's error of a code for a connection to `host` and `port`; `sentence` is the host's own. */
export function networkError(code, { host, port }, sentence) {
  const details = detailsOf(code, host, port, sentence);
  const said = SAID[code];
  const error = new Error(details?.message ?? said?.[1] ?? sentence);
  if (said !== undefined && said[0] !== "Error") setOwn(error, "name", said[0], false);
  if (code !== "") withMembers(error, details?.more ?? { code });
  if (sentence !== "" && error.message !== sentence) explain(error, sentence);
  return error;
}

/** Gives a refusal the members of Node's error for a connection that nobody takes. */
export function asRefusedConnection(error, { host, port }) {
  const { more } = detailsOf("ECONNREFUSED", host, port);
  return withMembers(error, more);
}

/** The error of a request to `host` by a call without the capability. */
export function notGranted(host) {
  return deniedError(
    `fetch to ${host} was not granted: the sandbox has no network unless the caller of the ` +
      "agent allows a host (--allow-fetch)",
  );
}

/** Gives a refusal of fetch, which keeps its sentence, the cause that Node's error would have. */
export function withCause(error, where) {
  if (kindOf(error) === Kind.CAPABILITY_DENIED) {
    if (!hasOwn(error, "cause")) setOwn(error, "cause", networkError("ECONNREFUSED", where, ""), false);
  }
  return error;
}
