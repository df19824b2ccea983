// attacks: a program whose top level awaits what never comes
// expect load: NEVER_SETTLED
await new Promise(() => {});
export default {};
