const { a, b: [c, ...d], ...e } = f(), [g = a] = d; var { h } = { h() { h = 1 } };
