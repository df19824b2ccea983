const { Agent } = require("@openai/agents");
const { instructions, own } = require("./parts.js");

exports.first = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
exports.second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)] });
