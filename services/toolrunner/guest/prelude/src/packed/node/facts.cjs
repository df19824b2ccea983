// What Node's modules hold as plain data; facts.mjs writes it.
module.exports = require("./facts.json");
