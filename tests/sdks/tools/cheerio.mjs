import * as cheerio from "cheerio";

export async function call({ url }) {
  const html = await (await fetch(`${url}/page`)).text();
  const $ = cheerio.load(html);
  return {
    title: $("title").text(),
    links: $("a[href]").map((_, each) => $(each).attr("href")).get(),
    rows: $("table tr").map((_, row) => $(row).find("td").map((_, cell) => $(cell).text()).get().join("|")).get(),
    html: $("ul").addClass("done").prop("outerHTML"),
  };
}
