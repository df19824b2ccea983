;; lies: the smallest status there is
;; expect load: loaded
;; expect call: RUNNER_LOST
(module
  (import "env" "memory" (memory 2))
  (import "caisson" "emit" (func $emit (param i32 i32 i32)))
  (data (i32.const 1024) "true")
  (func (export "_initialize"))
  (func (export "caisson_input") (param i32) (result i32) (i32.const 4096))
  (func (export "caisson_boot") (param i64) (result i32) (i32.const 0))
  (func (export "caisson_load") (param i32 i64 i64 i64 i64 i64) (result i64)
    (call $emit (i32.const 4) (i32.const 0) (i32.const 0))
    (i64.const -1))
  (func (export "caisson_call") (param i64 i64 i64 i64 i64) (result i64)
    (i64.const 0x8000000000000000))
  (func (export "caisson_resume") (param i64) (result i64) (i64.const -1)))
