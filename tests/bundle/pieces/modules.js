var m = w((exports, module) => { exports.a = 1; module.exports = { b } }); module.exports = n(m()); var b = 2, n
