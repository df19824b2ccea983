// What the package `url` needs of `qs`: it parses and writes as node:querystring does.
const querystring = require("querystring");
module.exports = { parse: (text) => querystring.parse(text), stringify: (object) => querystring.stringify(object) };
