// The last part of a script of cases: runs each, and tells what it gave. Node and the sandbox run it.
async function outcomeOf(make) {
  try {
    const value = await make();
    return value === undefined ? "undefined" : JSON.parse(JSON.stringify(value, (key, each) => (typeof each === "bigint" ? `${each}n` : each)) ?? `"${typeof value}"`);
  } catch (error) {
    return { threw: error?.code ?? `${error?.name}` };
  }
}

async function outcomes(cases) {
  const found = {};
  for (const [name, make] of Object.entries(cases)) found[name] = await outcomeOf(make);
  return found;
}
