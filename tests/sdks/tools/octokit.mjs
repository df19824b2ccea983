import { Octokit } from "@octokit/rest";

export async function call({ url }, { env }) {
  const octokit = new Octokit({ auth: env.KEY, baseUrl: `${url}/github`, userAgent: "test" });
  const { data: repository } = await octokit.rest.repos.get({ owner: "caisson", repo: "caisson" });
  const issues = await octokit.paginate(octokit.rest.issues.listForRepo, {
    owner: "caisson",
    repo: "caisson",
    per_page: 1,
  });
  let refused;
  try {
    await octokit.rest.repos.get({ owner: "caisson", repo: "missing" });
  } catch (error) {
    refused = { name: error.name, status: error.status };
  }
  return { name: repository.full_name, issues: issues.map((each) => each.title), refused };
}
