// fetch: always defined. A call with the grant asks the host, which enforces the rules; any other
// is refused here.
import { blobOfUrl } from "./object-urls.js";
import { fromBase64, toBase64 } from "./base64.js";
import { codeOf } from "../core/calls.js";
import { explain, kindOf, limitExceeded } from "../core/errors.js";
import { networkError, notGranted, withCause } from "../core/network-errors.js";
import { exec, lastIndexOf, slice } from "../core/primordials.js";
import { streamOf } from "./blob.js";
import { bodyOf, dataOf, fetchedResponse, Request } from "./undici/fetch-classes.cjs";

const NO_BODY = new Set([101, 103, 204, 205, 304]);
// In base64, with headers, it fits the host's limit of 4 MiB for one request.
const MAX_BODY_BYTES = 3_000_000;
const ORIGIN = /^http(s?):\/\/([^/?#\\\s]+)/i;
const PORT = /^\[?(.*?)\]?:(\d{1,5})$/;
const MAX_HOST = 300;
const encoder = new TextEncoder();

// Exactly Node's messages: programs that try again compare them, and the code of the cause.
function failed(cause, sentence = cause.message, message = "fetch failed") {
  const error = new TypeError(message, { cause });
  if (sentence !== "") explain(error, sentence);
  return error;
}

function placeOf(url) {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: +port || (protocol === "https:" ? 443 : 80) };
}

function causeOf(error, url) {
  return networkError(codeOf(error), placeOf(url), error.message);
}

// Refusals and limits are passed on; a network failure is a TypeError, as in Node.
const networkFailure = (url, message) => (error) =>
  kindOf(error) === undefined ? failed(causeOf(error, url), error.message, message) : withCause(error, placeOf(url));

function checkSize(size) {
  if (size <= MAX_BODY_BYTES) return;
  throw limitExceeded(`the body of a request is larger than ${MAX_BODY_BYTES} bytes, the limit`);
}

async function readAll(stream) {
  const chunks = [];
  let total = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw failed(new TypeError("Received non-Uint8Array chunk"));
    total += chunk.length;
    checkSize(total);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

async function bodyBytes(request) {
  const body = bodyOf(request);
  if (body === null || body === undefined) return null;
  const { source } = body;
  if (typeof source !== "string" && !(source instanceof Uint8Array)) return readAll(body.stream);
  checkSize(source.length);
  const bytes = typeof source === "string" ? encoder.encode(source) : source;
  checkSize(bytes.length);
  return bytes;
}

/** A body that the host streams: reading the stream requests the next piece. */
function hostStream(calls, { id, data }, signal, asBodyError) {
  let first = fromBase64(data);
  let isOver = false;
  const close = () => {
    if (!isOver) calls.ask("fetch", { op: "close", body: id }).catch(() => {});
    isOver = true;
  };
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      const stop = () => {
        if (isOver) return;
        close();
        controller.error(signal.reason);
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    },
    async pull(controller) {
      const taken = first;
      first = null;
      if (taken?.length > 0) {
        controller.enqueue(taken);
        return;
      }
      for (let isEmpty = true; isEmpty && !isOver; ) {
        const piece = await calls.ask("fetch", { op: "read", body: id }).catch((error) => {
          if (isOver) return { data: "", done: false };
          isOver = true;
          throw asBodyError(error);
        });
        if (isOver) return;
        const bytes = fromBase64(piece.data ?? "");
        isEmpty = bytes.length === 0 && !piece.done;
        isOver = piece.done;
        if (bytes.length > 0) controller.enqueue(bytes);
      }
      if (!isOver) return;
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: close,
  });
}

function streamFor(calls, status, body, signal, url) {
  if (body === null || body === undefined || NO_BODY.has(status)) return null;
  if (body.done !== false) return streamOf(fromBase64(body.data ?? ""));
  return hostStream(calls, body, signal, networkFailure(url, "terminated"));
}

function responseOf(calls, request, answer) {
  const { status, statusText = "", url = "", redirected = false, type = "basic", headers = [], body = null } = answer;
  const last = url || request.url;
  const urls = redirected ? [request.url, last] : [last];
  const stream = streamFor(calls, status, body, request.signal, last);
  return fetchedResponse({ status, statusText, type, urls, headers, stream });
}

/** The host's answer; if the signal aborts first, cancels the host call and throws the reason. */
function answered(calls, { id, answer }, signal, asFetchError) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      calls.ask("fetch", { op: "abort", request: id }).catch(() => {});
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    const settled = (settle, as) => (value) => {
      signal.removeEventListener("abort", stop);
      settle(as(value));
    };
    answer.then(settled(resolve, (value) => value), settled(reject, asFetchError));
  });
}

function localResponse(request) {
  const blob = blobOfUrl(request.url);
  if (blob !== undefined) {
    const given = [["content-length", `${blob.size}`], ["content-type", blob.type]];
    return fetchedResponse({ status: 200, statusText: "OK", type: "basic", urls: [request.url], headers: given, stream: blob.stream() });
  }
  if (new URL(request.url).protocol !== "data:") throw failed(new Error("unknown scheme"));
  const data = dataOf(request.url);
  if (data === null) throw failed(new Error("invalid data: URL"));
  const headers = [["content-type", data.type]];
  return fetchedResponse({ status: 200, statusText: "OK", type: "basic", urls: [request.url], headers, stream: streamOf(data.bytes) });
}

// Checked before using the Web's classes, which a bundle may have tampered with: that may break its
// requests, but never the message of a refusal.
function refuse(input) {
  const host = typeof input === "string" ? exec(ORIGIN, input) : null;
  if (host === null) return;
  const name = slice(host[2], lastIndexOf(host[2], "@") + 1, MAX_HOST);
  const ported = exec(PORT, name);
  const place = ported === null ? { host: name, port: host[1] === "" ? 80 : 443 } : { host: ported[1], port: +ported[2] };
  throw withCause(notGranted(name), place);
}

/** Makes `fetch` over the host calls of the running work. */
export function createFetch(calls) {
  async function ask(request) {
    const { url, method, redirect, signal } = request;
    const bytes = await bodyBytes(request);
    signal.throwIfAborted();
    const body = bytes === null ? null : toBase64(bytes);
    const asked = { op: "request", url, method, headers: [...request.headers], redirect, body };
    const asFetchError = networkFailure(url, "fetch failed");
    return responseOf(calls, request, await answered(calls, calls.start("fetch", asked), signal, asFetchError));
  }

  return async function fetch(input, init = undefined) {
    if (arguments.length === 0) throw new TypeError("fetch: 1 argument required, but 0 present.");
    if (!calls.may("fetch") && init?.signal?.aborted !== true) refuse(input);
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    if (!/^https?:/.test(request.url)) return localResponse(request);
    if (!calls.may("fetch")) throw withCause(notGranted(new URL(request.url).host), placeOf(request.url));
    return ask(request);
  };
}
