const a = {}; function f() { const b = a; return () => { let c = a.d, a2 = c; { const a = 1, e = a } return a2 } } function g(a) { const h = a }
