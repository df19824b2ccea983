let base = 1, mixed = { in: (x) => x };
class A extends (x = Object) { static n = 1 }
var B = class extends mixed.in(base) { m() { return super.m() / 2 } get k() { return /}/ } };
class C extends mixed
  .in (B) { static x = 1; extends(a) { a = 2 } }
C.w = 1
