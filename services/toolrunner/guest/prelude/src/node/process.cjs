// What packages in the prelude that `require("process")` get: the global one.
module.exports = globalThis.process;
