const C = class D extends E { m() { D.x = C } get v() { return D } }; C.x = 1
