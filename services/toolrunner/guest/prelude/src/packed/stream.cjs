// node:stream from readable-stream: as in Node, the module itself is the legacy Stream class.
module.exports = require("readable-stream/lib/stream.js");
