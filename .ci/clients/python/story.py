"""The order story, by a client that was generated from openapi.yaml. Run with that client on the path."""

import os
import time
from uuid import UUID

from petstore_client import AuthenticatedClient
from petstore_client.api.callbacks import callback_order, get_order_callback
from petstore_client.api.orders import create_order, get_order
from petstore_client.api.payments import create_order_payment
from petstore_client.api.pets import create_pet
from petstore_client.models import (
    CallbackRequest,
    CallbackState,
    CompletedResult,
    NewPet,
    NewPetStatus,
    OrderStatus,
    PaymentCurrency,
    PaymentStatus,
    PayOrder,
    PlaceOrder,
    Problem,
    Species,
)
from petstore_client.models.bank_card import BankCard

client = AuthenticatedClient(base_url=os.environ["PETSTORE_URL"], token=os.environ["PETSTORE_TOKEN"])

pet = create_pet.sync(
    client=client,
    body=NewPet(
        name="Bella",
        species=Species.CAT,
        age_months=8,
        price="75.00",
        currency=PaymentCurrency.USD,
        status=NewPetStatus.AVAILABLE,
    ),
)
key = f'"python-{pet.id}"'
order = create_order.sync(client=client, body=PlaceOrder(pet_id=pet.id), idempotency_key=key)
assert order.status == OrderStatus.PLACED, order
repeated = create_order.sync_detailed(client=client, body=PlaceOrder(pet_id=pet.id), idempotency_key=key)
assert repeated.parsed.id == order.id and repeated.headers["idempotent-replayed"] == "true"

request = callback_order.sync(
    order.id,
    client=client,
    body=CallbackRequest(
        amount=order.total_amount,
        currency=order.currency,
        timestamp=str(int(time.time())),
        callback_url=os.environ["PETSTORE_CALLBACK"],
    ),
)
assert request.status == CallbackState.PENDING, request

card = BankCard(
    object_="card", name="J. Doe", number="4242424242424242", cvc="123", exp_month=12, exp_year=2040
)
payment = create_order_payment.sync(
    order.id,
    client=client,
    body=PayOrder(amount=order.total_amount, currency=PaymentCurrency.USD, source=card),
)
assert payment.status == PaymentStatus.SUCCEEDED, payment
assert isinstance(payment.source, BankCard) and payment.source.last4 == "4242"

deadline = time.monotonic() + 30
settled = get_order_callback.sync(order.id, request.request_id, client=client)
while settled.status == CallbackState.PENDING:
    assert time.monotonic() < deadline, "the callback request is not settled"
    time.sleep(0.1)
    settled = get_order_callback.sync(order.id, request.request_id, client=client)
assert settled.status == CallbackState.COMPLETED and isinstance(settled.result, CompletedResult), settled

missing = get_order.sync(UUID("019b4139-1234-7abc-8def-0123456789ab"), client=client)
assert isinstance(missing, Problem) and missing.status == 404, missing

print(f"python: order {get_order.sync(order.id, client=client).status.value}")
