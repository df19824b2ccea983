class A { static x = 1; #p = 2; m() { this.#p = A } static { A.y = 3; var z } } A.w = 1
