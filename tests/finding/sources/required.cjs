const { Agent } = require("@openai/agents");
const { instructions, own } = require("./parts.js");

const first = new Agent({ name: "First", instructions: instructions("one"), tools: [own(1)] });
const second = new Agent({ name: "Second", instructions: instructions("two"), tools: [own(2)] });
module.exports = { team: { first, second } };
