const o = {}; o.a = 1; o.b.c = 2; o['d'] = 3; o[e] = 4; (o).f = 5; (o.g).h = 6; delete o.i; o.j++; o?.k
