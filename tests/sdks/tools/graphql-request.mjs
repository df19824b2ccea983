import { GraphQLClient, gql } from "graphql-request";

export async function call({ url }, { env }) {
  const client = new GraphQLClient(`${url}/graphql`, { headers: { authorization: `Bearer ${env.KEY}` } });
  const query = gql`query Things($first: Int!) { things(first: $first) { id name } }`;
  return client.request(query, { first: 2 });
}
