let e = 1; { let e; e = 2 } { e = 3 } for (let e = 0; ; e++) e.x = 1; switch (e) { case 1: let e; e = 5 }
