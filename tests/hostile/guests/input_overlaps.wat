;; lies: the buffer for the input overlaps the guest's own data
;; expect load: loaded
;; expect call: RUNNER_LOST
(module
  (import "env" "memory" (memory 2))
  (import "caisson" "emit" (func $emit (param i32 i32 i32)))
  (data (i32.const 1024) "true")
  (global $calls (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "caisson_input") (param i32) (result i32) 
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (result i32) (i32.eq (i32.load (i32.const 512)) (i32.const 0)) (then (i32.const 4096)) (else (i32.const 1024))))
  (func (export "caisson_boot") (param i64) (result i32)
    (i32.store (i32.const 512) (i32.const 1)) (i32.const 0))
  (func (export "caisson_load") (param i32 i64 i64 i64 i64 i64) (result i64)
    (call $emit (i32.const 4) (i32.const 0) (i32.const 0))
    (i64.const -1))
  (func (export "caisson_call") (param i64 i64 i64 i64 i64) (result i64)
    (call $emit (i32.const 1) (i32.const 1024) (i32.const 4))
    (i64.const -1))
  (func (export "caisson_resume") (param i64) (result i64) (i64.const -1)))
