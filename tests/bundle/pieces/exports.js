var x = {}; __export(x, { a: () => b, c: () => d }); __export(x, /* why */ { e: () => f }); g(1, x, { h: 1 })
