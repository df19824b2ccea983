a: for (;;) { b: { var x = 1; break a } continue a } x = 2; if (x) function f() { x = 3 }
