var o; with (o) { o.x = 1 }
