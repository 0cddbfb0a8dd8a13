"""What the support agent can do beside talking."""
import os

import psycopg
import requests
from langchain_core.tools import tool


@tool
def lookup_invoice(number: str) -> str:
    """Finds an invoice by its number."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        row = db.execute("SELECT amount, status FROM billing.invoices WHERE number = %s", (number,)).fetchone()
    return f"{row[0]} {row[1]}" if row else "unknown"


@tool
def refund_payment(charge: str, cents: int) -> str:
    """Refunds a payment."""
    answer = requests.post(
        "https://api.stripe.com/v1/refunds",
        data={"charge": charge, "amount": cents},
        auth=(os.environ["STRIPE_API_KEY"], ""),
        timeout=10,
    )
    return answer.json()["status"]


@tool
def open_ticket(subject: str, text: str) -> str:
    """Opens a ticket for a person to look at."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        db.execute("INSERT INTO support.tickets (subject, body) VALUES (%s, %s)", (subject, text))
    return "opened"
