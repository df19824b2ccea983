let t; function f() { if (a) { var t } t = 1 } function g() { if (a) { let t } t = 2 } t.a = 1
