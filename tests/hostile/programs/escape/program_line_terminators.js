// attacks: a script that ends in an unfinished comment, to swallow what the sandbox appends
// expect load: LOAD_FAILED SyntaxError
// form: script
module.exports = { tools: {} }; /* the rest is a comment
