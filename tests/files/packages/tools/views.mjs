import ejs from "ejs"; import nunjucks from "nunjucks"; import fs from "node:fs";
export async function call() {
  fs.mkdirSync("views");
  fs.writeFileSync("views/a.ejs", "<%- include('b') %> <%= x %>");
  fs.writeFileSync("views/b.ejs", "B");
  fs.writeFileSync("views/n.html", "{% include 'm.html' %} {{ y }}");
  fs.writeFileSync("views/m.html", "M");
  nunjucks.configure("views");
  return [await ejs.renderFile("views/a.ejs", { x: 1 }), nunjucks.render("n.html", { y: 2 })];
}
