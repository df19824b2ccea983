// What Node's modules hold as plain data; facts.mjs writes it. Each part is read when asked for.
const texts = require("./facts.json");

for (const [name, text] of Object.entries(texts)) {
  let value;
  Object.defineProperty(exports, name, { enumerable: true, get: () => (value ??= JSON.parse(text)) });
}
