let A, B = class { b() { return 1 } }
const C = class extends (A = B) { c; m() { return this.c } static { A.x = 1 } }
const mixed = (base, given) => class extends base { given = given }
class D extends mixed(B, { a: 1 }) { d() { return [A, C, D] } }
class E extends (0, mixed)(D) { e(p) { const q = p; return q } }
export { C, D, E }
