(() => {
  var m = {
    1(e, t, r) {
      r.a(e, async (h, done) => { try {
        r.d(t, { a: () => x, b: () => y });
        var o = r(2), d = h([o]);
        [o] = d.then ? (await d)() : d;
        const x = { k: o.k }, y = {};
        y.later = 1;
        done();
      } catch (error) { done(error); } });
    },
    2(e, t, r) { try { t.k = 1; t.list = []; t.list.push(1); } finally { t.done = 1; } },
  };
  function r(i) { return m[i]; }
  [m.a, { b: m.c = 1 }] = [1, {}];
  var w = r(1);
  w = async () => { w = await w; };
})();
