// attacks: every global deleted while loading
// expect: one of result "fine", THROWN: calling the tool of a program without any globals may fail, but truthfully
for (const name of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[name]; } catch {} }
export default { tools: { run: { execute: () => "fine" } } };
