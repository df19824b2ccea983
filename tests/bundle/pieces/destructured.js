let a, b, c; [a, b.x] = d; ({ a, b: { c }, ...b } = e); [a = 1, [b]] = c; ({ x: o.p } = a); const o = {}
