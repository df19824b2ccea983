// Node's own inspect and format, published as a package. It lists the members of Atomics, which the
// sandbox lacks, while it is evaluated.
const lacks = globalThis.Atomics === undefined;
if (lacks) globalThis.Atomics = {};
const { inspect, format, formatWithOptions, stripVTControlCharacters } = require("node-inspect-extracted");
if (lacks) delete globalThis.Atomics;

module.exports = { inspect, format, formatWithOptions, stripVTControlCharacters };
