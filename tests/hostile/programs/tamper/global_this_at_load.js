// attacks: every global deleted while loading
// expect: THROWN ReferenceError
for (const name of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[name]; } catch {} }
export default { tools: { run: { execute: () => "fine" } } };
