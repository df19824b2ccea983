const a = {}; let b = a, c = b.x; b = a.y.z; const { p: q } = a; (function (r) { r.x = 1 })(a); f((a).b); [c] = a; ((s) => s)(a.t); var d = /* c */ (a).u, e = (a)
