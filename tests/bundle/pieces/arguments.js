function f() { arguments.x = 1; f.a = () => { this.b = arguments } } f.c = async (a = f.d = 1, b = () => { a = 2 }) => { b = 3 }
