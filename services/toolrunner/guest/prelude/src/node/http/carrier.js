// What carries the bytes of a plain socket: HTTP/1.1 requests are read from what is written and made
// through the host, and their responses are written back. Anything else is refused.
import { guest } from "./guest.js";
import { connectionError, refusal } from "./errors.js";
import { exchange, MAX_BODY_BYTES, tooLarge } from "./exchange.js";
import { requestReader } from "./request-reader.js";

const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);
const NO_CONTENT = new Set([204, 304]);

const textOf = (lines) => Buffer.from(lines.join("\r\n") + "\r\n\r\n", "latin1");

/** The head of a response, and whether its body goes in chunks. */
function headOf({ status, statusText, headers }, hasBody) {
  const kept = headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
  const isSized = kept.some(([name]) => name.toLowerCase() === "content-length");
  const isChunked = hasBody && !isSized;
  if (isChunked) kept.push(["Transfer-Encoding", "chunked"]);
  const lines = kept.map(([name, value]) => `${name}: ${value}`);
  return { bytes: textOf([`HTTP/1.1 ${status} ${statusText}`, ...lines, "Connection: keep-alive"]), isChunked };
}

const chunkOf = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);

/** Makes `carrierOf(socket)` over the host calls of the running work. */
export function carriers(calls) {
  return function carrierOf(socket) {
    const where = { host: socket._host, port: socket._port };
    const name = where.host.includes(":") ? `[${where.host}]` : where.host;
    const origin = `${socket.encrypted ? "https" : "http"}://${name}:${where.port}`;
    const reader = requestReader(MAX_BODY_BYTES);
    let busy = Promise.resolve();
    let running = null;
    let resume = null;

    const fail = (error) => socket.destroy(error);

    // A grant would not help a client of a database: say what sockets are for.
    function notConnected(error) {
      if (guest.kindOf(error) !== "CAPABILITY_DENIED") return connectionError(error, where, false);
      return refusal(`no connection to ${name}:${where.port}: sockets of the sandbox carry only HTTP requests. ${error.message}`, where);
    }

    function give(bytes) {
      socket.bytesRead += bytes.length;
      socket._active();
      if (socket.push(bytes)) return undefined;
      return new Promise((resolve) => {
        resume = resolve;
      });
    }

    async function answer({ method, target, headers, body }) {
      const url = target.startsWith("/") ? origin + target : origin;
      running = exchange(calls, { url, method, headers, body });
      const { head, source } = await running.answer;
      running = null;
      const isEmpty = method === "HEAD" || NO_CONTENT.has(head.status);
      const { bytes, isChunked } = headOf({ ...head, statusText: head.statusText ?? "" }, !isEmpty);
      await give(bytes);
      if (isEmpty) source?.close();
      else await giveBody(source, isChunked);
    }

    async function giveBody(source, isChunked) {
      for (let isOver = source === null; !isOver; ) {
        const { bytes, done } = await source.read();
        isOver = done;
        if (socket.destroyed) source.close();
        if (socket.destroyed) return;
        if (bytes.length > 0) await give(isChunked ? chunkOf(bytes) : bytes);
      }
      if (isChunked) await give(Buffer.from("0\r\n\r\n"));
    }

    // What cannot be carried is told as what it is, not as a broken connection.
    function obstacle({ method, target, headers, isOther, isTooLarge }) {
      if (isTooLarge) return tooLarge();
      const speaks = isOther ? "something other than HTTP/1.1" : undefined;
      const upgrade = headers?.find(([each]) => each.toLowerCase() === "upgrade")?.[1];
      const asks = speaks ?? (method === "CONNECT" ? `a tunnel to ${target}` : upgrade) ?? (target.startsWith("/") ? undefined : `a proxy for ${target}`);
      if (asks === undefined) return undefined;
      return refusal(`the connection to ${name}:${where.port} is for ${asks}, and sockets of the sandbox carry only plain HTTP requests`, where);
    }

    return {
      open() {
        if (!calls.may("fetch")) {
          fail(notConnected(guest.notGranted(`${name}:${where.port}`)));
          return;
        }
        calls.ask("fetch", { op: "check", url: `${origin}/` }).then(
          () => socket._connected(() => {}),
          (error) => fail(notConnected(error)),
        );
      },
      write(bytes) {
        for (const request of reader.feed(bytes)) {
          const refused = obstacle(request);
          if (refused !== undefined) {
            fail(refused);
            return;
          }
          busy = busy.then(() => socket.destroyed || answer(request)).catch((error) => {
            if (socket.destroyed) return;
            // The server closed the connection, so this one ends, too.
            if (guest.codeOf(error) === "UND_ERR_SOCKET") socket.push(null);
            else fail(connectionError(error, where, false));
          });
        }
      },
      end() {
        busy.then(() => socket.destroyed || socket.push(null));
      },
      close() {
        running?.abort();
        resume?.();
      },
      wantsMore() {
        resume?.();
        resume = null;
      },
    };
  };
}
