// Runs a tool on its cases: each ends in {value}, {invalid: true} or {thrown: {name, message}}.
export async function callsOf({ cases, validate, run }) {
  const calls = [];
  for (const input of cases) calls.push({ input, ...(await outcome(input, validate, run)) });
  return calls;
}

async function outcome(input, validate, run) {
  const checked = await validate(structuredClone(input));
  if (!checked.success) return { invalid: true };
  try {
    const value = await run(structuredClone(input), checked.value);
    return { value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { thrown: { name: error.name, message: error.message } };
  }
}
