// node:stream/consumers: the whole of a stream at once.

async function partsOf(stream) {
  const parts = [];
  for await (const chunk of stream) parts.push(chunk);
  return parts;
}

const bytesOf = (chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : ArrayBuffer.isView(chunk) ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.from(chunk));
const blob = async (stream) => new Blob(await partsOf(stream));
const buffer = async (stream) => Buffer.concat((await partsOf(stream)).map(bytesOf));

async function bytes(stream) {
  return new Uint8Array(await buffer(stream));
}

async function text(stream) {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of stream) result += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  return result + decoder.decode();
}

module.exports = {
  arrayBuffer: async (stream) => (await bytes(stream)).buffer,
  blob,
  buffer,
  bytes,
  text,
  json: async (stream) => JSON.parse(await text(stream)),
};
