if (a) { var x = 1 } else var y = 2; for (var i = 0; i < 3; i++) x = i; try {} catch (y) { y = 1 }
