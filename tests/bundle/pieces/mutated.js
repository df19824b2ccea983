const a = [], o = {}; a.push(1); o.x.sort(); Object.assign(o, a); Reflect.set(o.y, 'z', 1); f(o, [1, 2]); if (x) a.splice(0, 1); g(a); h(1, o.p), k(a); r.d(o, ['a', 0, 1, 'b', () => a])
