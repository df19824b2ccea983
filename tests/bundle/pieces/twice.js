var a = 1; var a = 2; var b; function b() {} var c = () => { var a; a = 3 }; var b = 4
