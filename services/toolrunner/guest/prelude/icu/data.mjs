// The data of the sandbox's Intl as chunks of compressed JSON, by key such as "numbers/de".
import { deflateRawSync } from "node:zlib";
import { readArchive } from "./archive.mjs";
import { breakRules } from "./breaks.mjs";
import { bundleReader } from "./bundles.mjs";
import { collations } from "./collation.mjs";
import { difference, parentsOf } from "./inherit.mjs";
import { LANGUAGES } from "./languages.mjs";
import { SECTIONS } from "./sections.mjs";
import { aliases, calendars, facts, likelySubtags, plurals, supported } from "./tables.mjs";
import { timeZones } from "./zones.mjs";

// Bytes as characters: the engine keeps such a text at one byte each.
const squeezed = (text, dictionary) => deflateRawSync(text, { level: 9, ...(dictionary && { dictionary }) }).toString("latin1");

function localesOf(archive, read) {
  const all = [...archive.keys()].map((path) => /^([a-z]{2,3}(?:_\w+)?)\.res$/.exec(path)?.[1]).filter(Boolean);
  const locales = all.filter((name) => name === "root" || (!/^(root|pool|res_index)$/.test(name) && read("", name) !== undefined));
  return locales.filter((name) => /^[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|\d{3}))?$/.test(name));
}

function* sectionChunks(read, names) {
  for (const [section, make] of Object.entries(SECTIONS)) {
    const content = new Map();
    const of = (name) => {
      if (!content.has(name)) content.set(name, make(read, name, ["arab", "arabext"]));
      return content.get(name);
    };
    const root = JSON.stringify(of("root"));
    const english = JSON.stringify(difference(of("root"), of("en")));
    yield [`${section}/root`, squeezed(root)];
    yield [`${section}/en`, squeezed(english, Buffer.from(root))];
    const dictionary = Buffer.from(root + english);
    for (const name of names) {
      const change = difference(of(parentsOf(read, name)[0] ?? "root"), of(name));
      if (name !== "en" && change !== undefined) yield [`${section}/${name}`, squeezed(JSON.stringify(change), dictionary)];
    }
  }
}

// Where Node tells another locale than was asked for, such as `nb` for `nb-NO`.
function toldOtherwise(names, Service) {
  const tags = names.map((name) => name.replaceAll("_", "-"));
  const pairs = tags.map((tag) => [tag, new Service(tag).resolvedOptions().locale]);
  return Object.fromEntries(pairs.filter(([tag, told]) => told !== tag));
}

/** All chunks, and `locales`: by name the nearest parent, or the name it is an alias of. */
export function intlData(executable) {
  const archive = readArchive(executable);
  const read = bundleReader(archive);
  const all = localesOf(archive, read);
  const ours = all.filter((name) => LANGUAGES.includes(name.split("_")[0]) && read("", name)["%%ALIAS"] === undefined);
  const extra = [...new Set(ours.flatMap((name) => parentsOf(read, name)))].filter((name) => !ours.includes(name));
  const names = [...ours, ...extra].sort();
  const legacy = all.filter((name) => LANGUAGES.includes(name.split("_")[0]) && read("", name)["%%ALIAS"] !== undefined);
  const zones = timeZones(read);
  const sorting = collations(archive, read, names);
  const core = {
    locales: Object.fromEntries(names.map((name) => [name, parentsOf(read, name)[0] ?? ""])),
    legacy: Object.fromEntries(legacy.map((name) => [name, read("", name)["%%ALIAS"]])),
    told: toldOtherwise([...names.filter((name) => name !== "root"), ...legacy], Intl.DateTimeFormat),
  };
  const tables = {
    likely: likelySubtags(read), aliases: aliases(read), plurals: plurals(read), supported: supported(), facts: facts(read),
    calendars: calendars(read), zoneNames: zones.names, metaZones: zones.metas, collations: { types: sorting.types, told: toldOtherwise([...names.filter((name) => name !== "root"), ...legacy], Intl.Collator) },
  };
  return {
    core,
    chunks: {
      ...Object.fromEntries(sectionChunks(read, names)),
      ...Object.fromEntries(Object.entries(tables).map(([key, table]) => [`tables/${key}`, squeezed(JSON.stringify(table))])),
      // Read where they lie: every comparison or segmentation of texts needs them, and to inflate them would take long.
      "collation/root": sorting.root.toString("latin1"),
      ...Object.fromEntries(Object.entries(breakRules(archive)).map(([name, bytes]) => [`breaks/${name}`, bytes.toString("latin1")])),
      ...Object.fromEntries(Object.entries(sorting.tailorings).map(([key, bytes]) => [`collation/${key}`, squeezed(bytes)])),
      ...Object.fromEntries(Object.entries(zones.zones).map(([name, text]) => [`tz/${name}`, squeezed(text)])),
    },
  };
}
