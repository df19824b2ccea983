import Papa from "papaparse";

export async function call() {
  const parsed = Papa.parse('name,age\n"Ada, L.",36\nGrace,85\n', { header: true, dynamicTyping: true, skipEmptyLines: true });
  return { rows: parsed.data, errors: parsed.errors, text: Papa.unparse(parsed.data) };
}
