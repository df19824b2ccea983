for (const a of b) a.x = 1; for (var k in o) k = 2; for (x.y of z); for ([p, q.r] of s); var p
