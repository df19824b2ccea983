// What Request and Response share: a body that can be read once.
import { Blob, FormData, streamOf } from "./blob.js";

const encoder = new TextEncoder();

function encoded(body) {
  if (typeof body === "string") return [encoder.encode(body), "text/plain;charset=UTF-8"];
  if (body instanceof URLSearchParams) {
    return [encoder.encode(`${body}`), "application/x-www-form-urlencoded;charset=UTF-8"];
  }
  if (body instanceof ArrayBuffer) return [new Uint8Array(body.slice(0)), null];
  if (ArrayBuffer.isView(body)) {
    return [new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice(), null];
  }
  return [encoder.encode(`${body}`), "text/plain;charset=UTF-8"];
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return new Blob(chunks).bytes();
}

/** Base of Request and Response. */
export class Body {
  #bytes = null;
  #stream = null;
  #used = false;
  #type = null;

  constructor(body) {
    if (body === undefined || body === null) return;
    if (body instanceof ReadableStream) {
      this.#stream = body;
    } else if (body instanceof Blob) {
      this.#stream = body.stream();
      this.#type = body.type || null;
    } else if (body instanceof FormData) {
      throw new TypeError("FormData bodies are not available in the sandbox: send JSON or URLSearchParams");
    } else {
      [this.#bytes, this.#type] = encoded(body);
    }
  }
  /** The content type that the kind of body implies, or null. */
  static typeOf(body) {
    return body.#type;
  }
  get body() {
    if (this.#stream === null && this.#bytes !== null) {
      this.#stream = streamOf(this.#bytes);
      this.#bytes = null;
    }
    return this.#stream;
  }
  get bodyUsed() {
    return this.#used || (this.#stream?.locked ?? false);
  }
  async bytes() {
    if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
    if (this.#bytes === null && this.#stream === null) return new Uint8Array(0);
    this.#used = true;
    return this.#bytes ?? collect(this.#stream);
  }
  async arrayBuffer() {
    return (await this.bytes()).slice().buffer;
  }
  async text() {
    return new TextDecoder().decode(await this.bytes());
  }
  async json() {
    return JSON.parse(await this.text());
  }
  async blob() {
    return new Blob([await this.bytes()], { type: this.headers?.get("content-type") ?? "" });
  }
  async formData() {
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
    return form;
  }
  /** What a clone of this body is made from. */
  static copyOf(body) {
    if (body.bodyUsed) throw new TypeError("Body has already been read and cannot be cloned");
    if (body.#stream === null) return body.#bytes;
    const [mine, theirs] = body.#stream.tee();
    body.#stream = mine;
    return theirs;
  }
}
