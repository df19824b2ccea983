// UTS 46 with its tables.
module.exports = require("tr46");
