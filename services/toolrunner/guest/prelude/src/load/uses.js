// What a statement was about to do with the names in it, by its text: which values it gives to which
// calls, calls methods of, and sets members of.
import { Kind, tokensOf } from "./tokens.js";

const ASSIGNS = /^(?:\+\+|--|=|(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])=)$/;
const OPENS = new Set(["(", "[", "{", "${"]);
const CLOSES = new Set([")", "]", "}"]);
// After these a brace begins an object, otherwise a block or a function's body.
const BEFORE_OBJECT = new Set(["(", ",", "=", ":", "[", "?", "&&", "||", "??", "!", "...", "return", "${"]);
const ALIASES = new Set(["of", "in", "="]);

const isDot = (token) => token?.text === "." || token?.text === "?.";
const startsCall = (token) => token?.text === "(" || token?.kind === Kind.TEMPLATE;

/** Reads one statement: its calls, and the values that they or assignments get. */
class Reader {
  constructor(tokens) {
    this.tokens = tokens;
    this.groups = []; // what is open: {mark, call, isBody, isArrow}
    this.calls = [];
    this.uses = [];
    this.sets = []; // names of variables
    this.last = undefined; // the path or member that ended at the token before: {path, name, of}
  }

  read() {
    for (let i = 0; i < this.tokens.length; ) i = this.step(i);
    return { calls: this.calls, uses: this.uses, sets: this.sets };
  }

  step(i) {
    const { kind, text } = this.tokens[i];
    if (kind === Kind.NAME) return this.name(i);
    if (kind === Kind.TEMPLATE) this.template(i);
    else if (OPENS.has(text)) this.open(i, text);
    else if (CLOSES.has(text)) return this.close(i);
    else if (text === "," && this.groups.length > 0) this.groups.at(-1).isArrow = false;
    else if (text === "=>" && this.groups.length > 0) this.groups.at(-1).isArrow = true;
    if (!isDot(this.tokens[i])) this.last = undefined;
    return i + 1;
  }

  // A tag gets the values of its template; its parentheses are those of the values.
  template(i) {
    this.tag = this.callee(i);
  }

  open(i, text) {
    const before = this.tokens[i - 1];
    const call = text === "(" ? this.callee(i) : text === "${" ? this.tag : undefined;
    const isBody = text === "{" && !BEFORE_OBJECT.has(before?.text);
    this.groups.push({ at: i, call, isBody, isArrow: false, of: text === "[" ? this.last?.of : call });
  }

  // What ends here may be called; bundlers write `(0, a.b)(x)` for a function of another module.
  close(i) {
    const { at, of } = this.groups.pop() ?? {};
    const { tokens } = this;
    const isDetached = tokens[at + 1]?.text === "0" && tokens[at + 2]?.text === "," && tokens[at + 3]?.kind === Kind.NAME;
    const [path, end] = isDetached ? this.path(at + 3) : [];
    this.last = end === i && isDetached ? { path, name: path.at(-1), isDetached } : { path: undefined, name: "", of };
    this.result(i + 1);
    return i + 1;
  }

  // The call that begins here, if one does.
  callee(i) {
    const before = this.tokens[i - 1];
    const isResult = before?.text === ")" || before?.text === "]";
    const target = this.last ?? (isResult ? { path: undefined, name: "" } : undefined);
    if (target === undefined || before?.kind === Kind.KEYWORD) return undefined;
    const { path, name, of, start = i, isNew = false, isDetached = false } = target;
    const call = { path, name, isNew, isDetached };
    this.calls.push(call);
    if (path?.length > 1 && !isDetached) this.use({ path: path.slice(0, -1) }, [call], true);
    if (of !== undefined) this.use({ of }, [call], true);
    this.given({ of: call }, start);
    return call;
  }

  // What a call, or a member of its result, is used for, where its members are set.
  result(i) {
    if (this.last.of !== undefined && ASSIGNS.test(this.tokens[i]?.text)) this.use({ of: this.last.of }, []);
  }

  // A use of a path, or of what a call gives.
  use(value, calls, isReceiver = false) {
    this.uses.push({ ...value, calls, isReceiver });
  }

  // A name: a member of what came before, or the beginning of a path.
  name(i) {
    const before = this.tokens[i - 1];
    if (isDot(before)) {
      this.last = { path: undefined, name: this.tokens[i].text, of: this.last?.of };
      this.result(i + 1);
      return i + 1;
    }
    const [path, end] = this.path(i);
    const after = this.tokens[end]?.text === "?." ? this.tokens[end + 1] : this.tokens[end];
    const isKey = after?.text === ":" && (before?.text === "{" || before?.text === ",");
    const isDeclared = before?.text === "function" || before?.text === "class";
    this.last = isKey || isDeclared ? undefined : { path, name: path.at(-1), start: i, isNew: before?.text === "new" };
    if (isKey || after?.text === "=>" || startsCall(after)) return end;
    const isSet = ASSIGNS.test(after?.text) || ["++", "--"].includes(before?.text);
    if (before?.text === "delete") this.use({ path, isDeleted: true }, []);
    else if (isSet && path.length > 1) this.use({ path: path.slice(0, -1) }, []);
    else if (after?.text === "[" && this.changesAt(end)) this.use({ path }, []);
    else if (isSet) this.sets.push(path[0]);
    else this.given({ path }, i);
    return end;
  }

  path(i) {
    const { tokens } = this;
    const path = [tokens[i].text];
    let end = i + 1;
    for (;;) {
      const [dot, next, after] = [tokens[end], tokens[end + 1], tokens[end + 2]];
      if (isDot(dot) && next?.kind === Kind.NAME) {
        path.push(next.text);
        end += 2;
      } else if (dot?.text === "[" && next?.kind === Kind.STRING && after?.text === "]") {
        path.push(next.text.slice(1, -1));
        end += 3;
      } else {
        return [path, end];
      }
    }
  }

  // Whether a member by a computed key is set, or has members or methods used.
  changesAt(i) {
    let depth = 0;
    for (; i < this.tokens.length; i++) {
      if (OPENS.has(this.tokens[i].text)) depth++;
      else if (CLOSES.has(this.tokens[i].text) && --depth === 0) break;
    }
    const after = this.tokens[i + 1];
    return ASSIGNS.test(after?.text) || startsCall(after) || isDot(after);
  }

  // A value that is given to the calls around it, up to the function whose body it is in.
  given(value, start) {
    const before = this.tokens[this.tokens[start - 1]?.text === "await" ? start - 2 : start - 1];
    const calls = [];
    for (let i = this.groups.length - 1; i >= 0; i--) {
      const { call, isBody, isArrow } = this.groups[i];
      if (isBody || (isArrow && calls.length > 0)) break;
      if (call !== undefined) calls.push(call);
    }
    if (calls.length > 0) this.use(value, calls);
    else if (ALIASES.has(before?.text)) this.use(value, []);
  }
}

/**
 * `{calls, uses, sets}` of a statement: each call is `{path, name, isNew, isDetached}`, without a path where it
 * is of a value that has no name, detached without a receiver. Each use `{path, of, calls, isReceiver}` is
 * a value by its path, or what the call `of` gives: these calls get it, or it has a member set or gets another
 * name where there are none; it is `isDeleted` itself where it can be. `sets` are names of variables. Undefined if the text cannot be read.
 */
export function usesOf(text) {
  const tokens = tokensOf(text);
  return tokens && new Reader(tokens).read();
}
