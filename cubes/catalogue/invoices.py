"""The invoices cube: what customers were billed and what they paid."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

MEASURES = (
    Measure(
        "invoices",
        "Invoices",
        Kind.ADDITIVE,
        "count",
        "Invoices and credit notes.",
        aggregate="count",
    ),
    Measure(
        "invoiced",
        "Invoiced",
        Kind.ADDITIVE,
        "money",
        "Amount of the invoices, net of credit notes.",
        column="invoice.amount",
        empty="null",
    ),
    Measure(
        "paid",
        "Paid",
        Kind.ADDITIVE,
        "money",
        "What was paid of these invoices until now, by the day of the invoice.",
        column="invoice.paid",
        empty="null",
    ),
    Measure(
        "customers_invoiced",
        "Customers invoiced",
        Kind.DISTINCT,
        "count",
        "Different customers with an invoice; (unknown) is not one.",
        column="invoice.customer_code",
        condition="invoice.customer_code > 0",
    ),
    Measure(
        "average_invoice",
        "Average invoice",
        Kind.RATIO,
        "money",
        "Invoiced amount divided by the invoices that tell one.",
        numerator="invoiced",
        denominator="invoices_valued",
    ),
    Measure(
        "median_invoice",
        "Median invoice",
        Kind.HOLISTIC,
        "money",
        "Half of the invoices came to this much or less; credit notes are left out.",
        column="invoice.amount",
        condition="invoice.amount >= 0",
        quantile=0.5,
        empty="null",
    ),
    Measure(
        "days_to_pay",
        "Days to pay",
        Kind.RATIO,
        "days",
        "Days from an invoice to its payment, on average over those that are paid.",
        numerator="days_waited",
        denominator="invoices_paid",
        rising=-1,
    ),
    Measure(
        "invoices_valued",
        "Invoices with an amount",
        Kind.ADDITIVE,
        "count",
        "Invoices that tell an amount.",
        aggregate="count",
        condition="invoice.amount IS NOT NULL",
        hidden=True,
    ),
    Measure(
        "invoices_paid",
        "Invoices paid",
        Kind.ADDITIVE,
        "count",
        "Invoices that tell when they were paid.",
        aggregate="count",
        condition="invoice.paid_on IS NOT NULL",
        hidden=True,
    ),
    Measure(
        "days_waited",
        "Days until paid, summed",
        Kind.ADDITIVE,
        "days",
        "Days from an invoice to its payment, summed.",
        column="invoice.paid_on - (DATE '1970-01-01' + invoice.day_key)::DATE",
        condition="invoice.paid_on IS NOT NULL",
        rising=-1,
        hidden=True,
    ),
)

cube = DeclaredCube("invoices", "Invoices", "invoice", MEASURES)
