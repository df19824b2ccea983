// A class whose parent is made by a call: its body follows a parenthesis, and is no function's.
function mixin(base) {
  return class extends (base ?? Object) {
    plain() {
      return 1;
    }
  };
}
const made = { mixin, deep: { mixin } };
const First = class extends (made.mixin)() {
  field = 1;
  run() {
    return this.field;
  }
};
class Second extends made.deep.mixin(First) {
  #own = { a: 1 };
  run() {
    return this.#own;
  }
}
var third;
third = class Third extends (third = Second) { static { third.ready = true; } };
const fourth = class extends (() => First)() { get(a) { return a; } };
const after = { a: Second, b: third, c: fourth };
after.d = mixin(mixin(after.a));
