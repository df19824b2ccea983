// attacks: a function of the context that never gives the tools
// expect: FUEL_EXHAUSTED
export default { tools: () => { for (;;) {} } };
