// attacks: every static function of Object and Reflect replaced while loading
// expect: result "fine"
const names = [Object, Reflect].flatMap((holder) => Object.getOwnPropertyNames(holder).map((name) => [holder, name]));
for (const [holder, name] of names) {
  if (typeof holder[name] === "function") holder[name] = () => { throw new Error("broken by the program"); };
}
export default { tools: { run: { execute: () => "fine" } } };
