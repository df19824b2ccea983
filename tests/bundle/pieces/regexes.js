// Slashes behind comments: what comes before the comment tells what they are.
const list = [
  // a question mark (?) or a "quote
  /(?!\\)\?["'`(]/g,
  /* two of them */ // and one more
  // with `this`
  /[/`]{2}/,
  // trailing blanks
  /['"]}/
];
const half = list.length // all of them
  / 2;
function choose(text) {
  // first
  // second

  /* third */
  /[({]/.test(text);
  return (
    // by hand
    /[)}`]/.test(text) || half /* left */ / 2 // left
      / half
  );
}
if (half) // a condition
  /[(]/.exec("a");
const made = (half) // a value
  / 2;
const agent = { choose, list, made };
