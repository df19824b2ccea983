export default function f() { f.x = 1 } export async function* g() { await 1 }; const h = await g()
