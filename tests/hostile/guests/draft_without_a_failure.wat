;; lies: a draft of a failure, and never the failure
;; expect load: loaded
;; expect call: RUNNER_LOST
(module
  (import "env" "memory" (memory 2))
  (import "caisson" "emit" (func $emit (param i32 i32 i32)))
  (data (i32.const 1024) "{\22kind\22:\22THROWN\22,\22message\22:\22draft\22}")
  (func (export "_initialize"))
  (func (export "caisson_input") (param i32) (result i32) (i32.const 4096))
  (func (export "caisson_boot") (param i64) (result i32) (i32.const 0))
  (func (export "caisson_load") (param i32 i64 i64 i64 i64 i64) (result i64)
    (call $emit (i32.const 4) (i32.const 0) (i32.const 0))
    (i64.const -1))
  (func (export "caisson_call") (param i64 i64 i64 i64 i64) (result i64)
    (call $emit (i32.const 7) (i32.const 1024) (i32.const 35))
    (i64.const -1))
  (func (export "caisson_resume") (param i64) (result i64) (i64.const -1)))
