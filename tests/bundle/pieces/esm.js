import a, { b as c } from 'x'; import * as d from 'y'; export { a as default, c }; export const e = 1, f = () => { e.x = d }; export * from 'z'; export class G { }
