var o = { get a() { return o }, set a(v) { o = v }, async *b() { o.c = 1 }, ['d' + o]: 1, __proto__: o, constructor() {} }
