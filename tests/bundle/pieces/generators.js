function* f() { yield 1; var x = yield* f() } async function g() { await f() }
