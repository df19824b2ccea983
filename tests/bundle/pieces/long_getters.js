Object.defineProperty(exports, "a", { enumerable: true, get: function () { return function () { b = 1; }; } });
__export(c, { d: () => { return () => { b = 2 } }, "e-f": function () { return b } });
var b, c = {};
