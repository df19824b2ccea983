// What the clients' tools report: errors as programs compare them, and what the server heard.
const OF_THE_CONNECTION = new Set([
  "accept-encoding", "accept-language", "connection", "content-length", "host", "idempotency-key",
  "sec-fetch-mode", "transfer-encoding", "user-agent",
]);

export const failure = (error) => ({
  name: error?.name,
  code: error?.code,
  message: error?.message.replaceAll(/:\d{4,5}/g, ":PORT"),
  cause: error?.cause?.code,
  status: error?.response?.status ?? error?.status ?? error?.response?.statusCode,
});

export async function tried(work) {
  try {
    return await work();
  } catch (error) {
    return failure(error);
  }
}

/** The server's echo of a request, without what differs from run to run. */
export function heard(echo) {
  const { method, path, headers, body } = typeof echo === "string" ? JSON.parse(echo) : echo;
  const kept = headers.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()));
  const lines = kept.map(([name, value]) => `${name.toLowerCase()}: ${value.replace(/boundary=.*/, "boundary=B")}`);
  return { method, path, body: body.replaceAll(/-{4,}[\w-]+/g, "B"), lines: lines.sort() };
}

export async function textOf(stream) {
  let text = "";
  for await (const piece of stream) text += piece;
  return text;
}
