// The order story, by a client whose types are made from openapi.yaml. It compiles only if the document has everything
// that it uses, and runs only if the server keeps to it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./build/api.js";

const { PETSTORE_URL, PETSTORE_TOKEN, PETSTORE_CALLBACK } = process.env;
assert(PETSTORE_URL && PETSTORE_TOKEN && PETSTORE_CALLBACK);

const api = createClient<paths>({ baseUrl: PETSTORE_URL, headers: { Authorization: `Bearer ${PETSTORE_TOKEN}` } });

/** What was asked for; a problem document ends the story. */
function wanted<T>(answer: { data?: T; error?: components["schemas"]["Problem"]; response: Response }): T {
  assert(answer.data !== undefined, `${answer.response.status}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const pet = wanted(
  await api.POST("/v1/pets", {
    body: { name: "Tess", species: "DOG", ageMonths: 14, price: "120.00", currency: "USD", status: "AVAILABLE" },
  }),
);

const place = () =>
  api.POST("/v1/orders", {
    params: { header: { "Idempotency-Key": `"typescript-${pet.id}"` } },
    body: { petId: pet.id },
  });
const order = wanted(await place());
assert.equal(order.status, "PLACED");
const repeated = await place();
assert.equal(wanted(repeated).id, order.id);
assert.equal(repeated.response.headers.get("Idempotent-Replayed"), "true");

const path = { id: order.id };
const money = { amount: order.totalAmount, currency: "USD" as const };
const request = wanted(
  await api.POST("/v1/orders/{id}", {
    params: { path },
    body: { ...money, timestamp: String(Math.floor(Date.now() / 1000)), callbackUrl: PETSTORE_CALLBACK },
  }),
);
assert.equal(request.status, "PENDING");

const payment = wanted(
  await api.POST("/v1/orders/{id}/payment", {
    params: { path },
    body: {
      ...money,
      source: { object: "card", name: "J. Doe", number: "4242424242424242", cvc: "123", expMonth: 12, expYear: 2040 },
    },
  }),
);
assert.equal(payment.status, "SUCCEEDED");
assert(payment.source?.object === "card");
assert.equal(payment.source.last4, "4242");

let settled: components["schemas"]["CallbackStatus"];
const deadline = Date.now() + 30_000;
do {
  assert(Date.now() < deadline, "the callback request is not settled");
  await sleep(100);
  const asked = { params: { path: { ...path, requestId: request.requestId } } };
  settled = wanted(await api.GET("/v1/orders/{id}/callbacks/{requestId}", asked));
} while (settled.status === "PENDING");
assert.equal(settled.status, "COMPLETED");
assert(settled.result && "transactionId" in settled.result);

const missing = await api.GET("/v1/orders/{id}", { params: { path: { id: "019b4139-1234-7abc-8def-0123456789ab" } } });
assert.equal(missing.response.status, 404);
assert.equal(missing.error?.type, "https://petstoreapi.com/errors/not-found");

console.log(`typescript: order ${wanted(await api.GET("/v1/orders/{id}", { params: { path } })).status}`);
