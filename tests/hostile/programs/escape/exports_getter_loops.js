// attacks: an agent whose tools are behind a getter that loops
// expect: FUEL_EXHAUSTED
export default { get tools() { for (;;) {} } };
