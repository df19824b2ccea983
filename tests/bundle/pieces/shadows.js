let e = {}; function f(e) { e.x = 1 } const g = () => { let e; e.y = 2 }; (e) => e.z = 3; e.w = 4
