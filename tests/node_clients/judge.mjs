// Serves on loopback until its input ends, and calls bundles in Node: node judge.mjs FOLDER FILE...
// Prints a line with the server's address, then one with what each bundle gave.
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const [folder, ...files] = process.argv.slice(2);

const ANSWERS = {
  "/gzip": (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("packed")),
  "/moved": (response) => response.writeHead(302, { location: "/echo" }).end(),
  "/utf8": (response) => {
    response.socket.end(Buffer.from("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: /echo/日本\r\n\r\n"));
  },
  "/members": (response) => {
    const members = Buffer.concat(["1\n", "2\n", "3\n"].map((text) => gzipSync(text)));
    response.writeHead(200, { "content-encoding": "gzip" }).end(members);
  },
  "/twice": (response) => response.writeHead(200, { "content-encoding": "gzip, gzip" }).end(gzipSync(gzipSync("x"))),
  "/silent": () => {},
  "/closed": (response) => response.socket.destroy(),
  "/cut": (response) => {
    response.writeHead(200, { "content-length": 100 }).write("abc");
    setTimeout(() => response.socket.destroy(), 20);
  },
  "/pieces": (response) => {
    response.write("a");
    setTimeout(() => response.write("b"), 10);
    setTimeout(() => response.end("c"), 20);
  },
};

function answer(request, response, body) {
  const path = request.url.split("?")[0];
  if (Object.hasOwn(ANSWERS, path)) return ANSWERS[path](response);
  const [, kind, value] = path.split("/");
  if (kind === "status") return response.writeHead(Number(value)).end(value === "204" ? undefined : "no");
  if (kind === "coding") return response.writeHead(200, { "content-encoding": value }).end("plain text");
  response.setHeader("set-cookie", ["a=1", "b=2"]);
  response.setHeader("X-Case", "1");
  const headers = Array.from({ length: request.rawHeaders.length / 2 }, (_, at) => request.rawHeaders.slice(at * 2, at * 2 + 2));
  return response.end(JSON.stringify({ method: request.method, path: request.url, headers, body }));
}

const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => answer(request, response, Buffer.concat(pieces).toString("latin1")));
});
server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address();
  // A port that was free a moment ago, where nothing listens.
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const refusing = `127.0.0.1:${other.address().port}`;
  await new Promise((resolve) => other.close(resolve));
  console.log(JSON.stringify({ serving: `127.0.0.1:${port}`, refusing }));
  const given = {};
  for (const file of files) {
    const { agents } = await import(pathToFileURL(resolve(join(folder, file))));
    given[file] = await agents.main.tools.call.execute({ url: `http://127.0.0.1:${port}`, refusing: `http://${refusing}/` });
  }
  console.log(JSON.stringify(given));
});
process.stdin.resume().on("end", () => process.exit());
