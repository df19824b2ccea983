const a = 1
let b = a
++b
var c = () => {
  b = 2
}
;[c] = [a]
function f() { return
1 }
