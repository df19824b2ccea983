Object.defineProperty(exports, 'a', { get: function () { return b } }); exports.c = module.exports.d = 1; var b
