// Runs a tool on its cases: whether its schema takes the input, and how the call ends:
// {value}, {invalid: true} or {thrown: {name, message}}.
export async function callsOf({ cases, validate, run, answersInvalid = false }) {
  const calls = [];
  for (const input of cases) {
    const checked = await validate(structuredClone(input));
    const isCalled = checked.success || answersInvalid;
    const outcome = isCalled ? await outcomeOf(run, structuredClone(input), checked.value) : { invalid: true };
    calls.push({ input, taken: checked.success, outcome });
  }
  return calls;
}

async function outcomeOf(run, input, parsed) {
  try {
    const value = await run(input, parsed);
    return { value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { thrown: { name: error.name, message: error.message } };
  }
}
