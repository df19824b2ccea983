const o = {}; const f = () => { if (x) { o.a = 1; (() => { o.b = { c() { o.d = 2 } } })() } }
