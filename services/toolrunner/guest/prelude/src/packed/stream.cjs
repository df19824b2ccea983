// node:stream from readable-stream.
module.exports = require("readable-stream/lib/ours/browser.js");
