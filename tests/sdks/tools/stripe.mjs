import Stripe from "stripe";

export async function call({ url }, { env }) {
  const { hostname, port } = new URL(url);
  const stripe = new Stripe(env.KEY, {
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(),
  });
  const customer = await stripe.customers.create({ email: "a@example.com", metadata: { plan: "x y" } });
  const listed = await stripe.charges.list({ limit: 2, created: { gte: 5 } });
  let refused;
  try {
    await stripe.refunds.create({ charge: "missing" });
  } catch (error) {
    refused = { type: error.type, message: error.message, status: error.statusCode };
  }
  return { customer: customer.id, listed: listed.data.map((each) => each.amount), refused };
}
