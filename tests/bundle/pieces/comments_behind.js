var a = 1; // @__NO_SIDE_EFFECTS__
function b(c) { return new c({ a, d: `x`, e: [a] }) }// @__NO_SIDE_EFFECTS__
function f(c) { a = c; return () => { a = 2 } /* g */ } /* h */ // i
const j = () => { a.k = 1; } // l
, m = class { n() { a = 3 } // o
  p = () => { a = 4 } /* q */
} // r
{ a = 5 } // s
if (a) { a = 6 } // t
else { a = 7 } // u
