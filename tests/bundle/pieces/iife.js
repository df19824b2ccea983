'use strict'; (() => { var a = 1; function b() { a = 2 } exports.x = b; })(); var c = (function () { return c })()
