// Time zones: their transitions, and which names they share.

const { stringify } = JSON;

function longs(pairs = []) {
  const result = [];
  for (let i = 0; i < pairs.length; i += 2) result.push(pairs[i] * 2 ** 32 + (pairs[i + 1] >>> 0));
  return result;
}

// Transitions as differences in base 36, each followed by the type that it begins.
function history(zone) {
  const times = [...longs(zone.transPre32), ...(zone.trans ?? []), ...longs(zone.transPost32)];
  let last = 0;
  return times.map((time) => {
    const step = (time - last).toString(36);
    last = time;
    return step;
  }).join(" ");
}

function packed(zone, rules) {
  const { typeOffsets, typeMap, finalRule, finalRaw, finalYear } = zone;
  return {
    at: history(zone), types: typeOffsets, map: typeMap ? [...typeMap].map((type) => type.toString(36)).join("") : "",
    ...(finalRule && { rule: rules[finalRule], raw: finalRaw, from: finalYear }),
  };
}

const colons = (key) => key.replaceAll(":", "/");

function periods(info) {
  const minutes = (text) => (text === undefined ? undefined : Date.parse(`${text.replace(" ", "T")}:00Z`) / 60_000);
  return info.map(([name, from, to]) => (from === undefined ? [name] : [name, minutes(from), minutes(to)]));
}

/** `{index, zones}`: what to know of every name, and the zones by the name that has the data. */
export function timeZones(read) {
  const { Names, Zones, Rules, Regions } = read("", "zoneinfo64");
  const { typeAlias, typeMap } = read("", "timezoneTypes");
  const { mapTimezones, metazoneInfo, primaryZones } = read("", "metaZones");
  const aliases = Object.fromEntries(Object.entries(typeAlias.timezone).map(([key, value]) => [colons(key), value]));
  // As ICU finds the name that CLDR knows a zone by.
  const known = (name) => (typeMap.timezone[name.replaceAll("/", ":")] === undefined ? aliases[name] : name);
  const names = {};
  const zones = {};
  Names.forEach((name, i) => {
    if (name === "Etc/Unknown") return;
    const link = typeof Zones[i] === "number" ? Zones[i] : i;
    if (link === i) zones[name] = stringify(packed(Zones[i], Rules));
    let resolvedName;
    try {
      resolvedName = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      return;
    }
    names[name] = [Names[link], resolvedName, known(name) ?? known(Names[link]) ?? name, Regions[i]];
  });
  const metas = Object.fromEntries(Object.entries(metazoneInfo).map(([key, info]) => [colons(key), periods(info)]));
  return { names, zones, metas: { metas, golden: mapTimezones, primary: primaryZones } };
}
