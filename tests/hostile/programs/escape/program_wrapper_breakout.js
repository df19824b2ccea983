// attacks: a script that closes the wrapper that is put around it
// expect load: LOAD_FAILED SyntaxError
// form: script
}); globalThis.escaped = typeof native; (function () {
