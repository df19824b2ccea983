var a = 1, b, c = () => { return a }; let d = b; const e = function f() { f() }
