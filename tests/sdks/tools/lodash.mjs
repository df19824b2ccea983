import _ from "lodash";

export async function call() {
  const people = [{ n: "b", a: 2 }, { n: "a", a: 2 }, { n: "c", a: 1 }];
  return {
    sorted: _.orderBy(people, ["a", "n"], ["desc", "asc"]),
    grouped: _.groupBy(people, "a"),
    merged: _.merge({ a: { b: 1 } }, { a: { c: [1, 2] } }),
    words: _.map(["fooBar", "Hello World"], _.kebabCase),
    template: _.template("Hi <%= name %>")({ name: "there" }),
    cloned: _.isEqual(_.cloneDeep(people), people),
  };
}
