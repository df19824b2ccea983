// attacks: a tool factory that never returns
// expect: FUEL_EXHAUSTED
export default { tools: { run: () => { for (;;) {} } } };
