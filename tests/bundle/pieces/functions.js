function f(a, { b }, ...c) { a = 1; b++; function a() {} var c = 2 } f.x = f
