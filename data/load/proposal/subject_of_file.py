"""What a file is about: the subject whose own fields its columns fill best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.load.evidence import header_words
from data.load.evidence.row_sample import RowSample
from data.load.mappings.canonical_fields import SUBJECT, Subject
from data.load.proposal.column_assignment import assign

UNIQUE = 0.97
NAMED = 1.5
# What tells a subject from others: its fields, and how much each tells.
TELLING: Mapping[str, Mapping[str, float]] = {
    "customers": {"customer_name": 1, "email": 1, "phone": 0.7, "street": 0.7, "postcode": 0.5, "city": 0.4,
                  "country": 0.3},
    "products": {"product_name": 1, "category": 0.7, "subcategory": 0.4, "department": 0.5},
    "channels": {"channel": 0.5, "channel_name": 0.7, "channel_type": 0.7},
    "partners": {"partner": 0.5, "partner_name": 0.9, "partner_type": 0.3, "partner_stage": 1},
    "campaigns": {"campaign": 0.5, "campaign_name": 0.7, "campaign_type": 0.5},
    "order_lines": {"revenue": 1, "quantity": 1, "unit_price": 0.7, "order": 0.7, "product": 0.7, "line": 0.5,
                    "customer": 0.4, "cost": 0.3},
    "invoices": {"due_on": 1.2, "paid_on": 1.2, "paid": 1, "order_number": 0.7, "amount": 0.7, "number": 0.3},
    "prices": {"unit_price": 1, "product": 0.4, "unit_cost": 0.7},
    "stock": {"on_hand": 2, "on_order": 1, "reorder_level": 1, "place": 0.7, "product": 0.3},
    "lead_times": {"promised_on": 1.5, "received_on": 1.5, "quantity_ordered": 0.7, "quantity_received": 1,
                   "partner": 0.5},
    "receipts": {"supply_order": 2, "quantity": 0.5, "partner": 0.3, "product": 0.3},
    "partner_events": {"event": 1, "until": 1, "partner": 1, "note": 0.2},
    "contacts": {"outcome": 0.6, "topic": 0.5, "note": 0.5, "kind": 0.2, "customer": 0.3},
    "calls": {"duration_seconds": 1, "waited_seconds": 1.5, "direction": 1, "outcome": 0.4, "customer": 0.3},
    "tickets": {"closed_on": 1.2, "topic": 0.8, "status": 0.7, "note": 0.3, "customer": 0.3},
    "ticket_events": {"event": 1.5, "case_id": 1, "agent": 0.3, "customer": 0.3},
    "surveys": {"satisfaction": 1.2, "recommendation": 1.5, "customer": 0.3},
    "web_sessions": {"pages": 2, "duration_seconds": 0.7, "customer": 0.3},
    "emails": {"kind": 0.6, "campaign": 0.6, "customer": 0.3},
    "campaign_contacts": {"arm": 2, "campaign": 1, "customer": 0.3},
    "campaign_responses": {"campaign": 1, "amount": 0.5, "kind": 0.5, "customer": 0.3},
    "consents": {"verdict": 1.5, "purpose": 1, "channel": 0.4, "customer": 0.3},
    "wallet_surveys": {"spend": 1, "own_spend": 1.2, "wallet_category": 0.5, "rank": 0.5, "brands": 0.5},
    "proposals": {"title": 1, "text": 1, "decided_on": 0.7},
    "votes": {"proposal_number": 2, "weight": 0.7},
    "prototype_tests": {"prototype": 2, "version": 0.5, "score": 0.5, "would_pay": 1, "customer": 0.3},
    "price_offers": {"offered_price": 1.5, "asked_price": 1.2, "answer": 0.7},
    "price_surveys": {"too_cheap": 2, "too_expensive": 2, "asked_price": 0.7, "would_buy": 1, "customer": 0.3},
    "rates": {"rate": 2, "currency": 1},
}  # fmt: skip
# How files of a subject are called.
CALLED: Mapping[str, str] = {
    "customers": "customer customers client clients clienti kunden kunde clientes cliente клиенты контрагенты klanten"
    " klienci anagrafica users user members debitoren accounts callers people persons",
    "products": "product products article articles articoli prodotti artikel produkte items productos produits track"
    " articulos товары номенклатура producten towary sku skus catalog catalogue",
    "channels": "channel channels canali kanale kanaele stores shops negozi filialen canales magasins магазины store",
    "partners": "partner partners supplier suppliers vendors fornitori lieferanten fournisseurs proveedores"
    " поставщики sellers",
    "campaigns": "campaign campaigns campagne kampagnen campanas кампании mailings",
    "order_lines": "orders order sales sale vendite lines details orderdetails items transactions verkaufe umsatze"
    " ventas ventes commandes pedidos ordini продажи заказы bestellungen auftrage verkopen orderlines invoiceline",
    "invoices": "invoice invoices fatture rechnungen factures facturas счета facturen faktury",
    "prices": "price prices listino preise preisliste pricelist prix tarif precios цены",
    "stock": "stock inventory giacenze magazzino bestand lager lagerbestand inventar stocks inventario остатки"
    " voorraad",
    "lead_times": "purchase purchases purchaseorders ordini fornitori deliveries wareneingang leadtimes receipts",
    "receipts": "receipts receipt goodsreceipts grn wareneingange ricevimenti entrate receptions"
    " recepciones поступления",
    "partner_events": "agreements contracts contratti vertrage contrats contratos договоры",
    "contacts": "contacts contact visits visite besuche contatti activities",
    "calls": "calls call chiamate anrufe appels llamadas звонки",
    "tickets": "tickets ticket cases incidents richieste anfragen обращения заявки",
    "ticket_events": "events history log verlauf cronologia storico historique historial история",
    "surveys": "survey surveys csat nps sondaggi umfrage umfragen feedback опрос",
    "web_sessions": "sessions session web visits pageviews traffic",
    "emails": "emails email newsletter mailing opens clicks",
    "campaign_contacts": "contacts targets recipients campaigncontacts",
    "campaign_responses": "responses response redemptions risposte conversions antworten",
    "consents": "consents consent consensi consenso einwilligungen einwilligung consentements consentement"
    " consentimientos consentimiento consentimentos toestemmingen zgody optins permissions privacy согласия",
    "wallet_surveys": "wallet share",
    "proposals": "proposals proposal ideas propuestas proposte vorschlage",
    "votes": "votes vote supports voti stimmen votos",
    "price_offers": "offers bids bid auctions offerte gebote auction",
    "prototype_tests": "prototypes prototype tests prove prototipi prototypen",
    "price_surveys": "pricing psm westendorp gabor",
    "rates": "rates exchange fx currencies cambi kurse wechselkurse курсы",
}


@dataclass(frozen=True)
class About:
    """A file as one subject: its fields, and how well they fit."""

    subject: str
    columns: Mapping[str, str]
    fit: float

    @property
    def is_list(self) -> bool:
        return SUBJECT[self.subject].table is not None


def about(sample: RowSample, name: str) -> list[About]:
    """What a file called `name` may be about, the best first. Dates may still lie in another file."""
    found = [_as(sample, subject, name) for subject in SUBJECT]
    return sorted((each for each in found if each.fit > 0), key=lambda each: -each.fit)


def _as(sample: RowSample, subject: str, name: str) -> About:
    columns = assign(sample, subject)
    kind, telling = SUBJECT[subject], TELLING.get(subject) or _own_columns(SUBJECT[subject])
    fit = sum(weight for field, weight in telling.items() if field in columns)
    if fit and set(header_words.header(name).split()) & set(
        header_words.plain(CALLED.get(subject, subject)).split()
    ):
        fit += NAMED
    if kind.table is not None:
        return About(subject, columns, fit if _lists(sample, columns, kind.table.name) else 0.0)
    if not kind.is_lines and any(field not in columns for field in kind.required):
        fit = 0.0
    if kind.is_lines and not _are_lines(columns):
        fit = 0.0
    if subject == "prices" and {"quantity", "customer"} & set(assign(sample, "order_lines")):
        fit = 0.0
    if subject == "ticket_events" and not _repeats(sample, columns.get("case_id")):
        fit = 0.0
    if subject == "emails" and not _are_emails(sample, columns, name):
        fit = 0.0
    return About(subject, columns, fit)


def _own_columns(subject: Subject) -> Mapping[str, float]:
    """What tells a subject of which nothing else is said: the columns that its fact alone has."""
    return {column.name: 1.0 for column in subject.fact.columns} if subject.fact else {}


def _repeats(sample: RowSample, column: str | None) -> bool:
    """Whether a column names the same in several rows: a list of tickets names each once, what happened to them not."""
    return column is not None and bool(sample.texts[column].drop_nulls().is_duplicated().any())


def _are_lines(columns: Mapping[str, str]) -> bool:
    priced = "unit_price" in columns and ("quantity" in columns or {"order", "product"} <= set(columns))
    counted = {"quantity", "product", "order"} <= set(columns)  # the price may lie in a list of products
    return ("revenue" in columns or priced or counted) and ("date" in columns or "order" in columns)


def _lists(sample: RowSample, columns: Mapping[str, str], key: str) -> bool:
    """Whether a file has one row for each member, and says nothing that only a sale has."""
    if key not in columns:
        return False
    texts = sample.texts[columns[key]].drop_nulls()
    lines = assign(sample, "order_lines")
    sold = {"quantity", "order", "revenue"} & set(lines)
    dated = "date" in lines and ("order" in lines or "quantity" in lines)
    return len(texts) > 0 and texts.n_unique() >= UNIQUE * len(texts) and not (dated or len(sold) > 1)


def _are_emails(sample: RowSample, columns: Mapping[str, str], name: str) -> bool:
    kinds = sample.texts[columns["kind"]].drop_nulls().unique().to_list() if "kind" in columns else []
    mail = {"open", "opened", "click", "clicked", "sent", "bounce", "bounced", "unsubscribed", "delivered"}
    called = set(header_words.header(name).split()) & {"email", "emails", "newsletter"}
    return bool(mail & {header_words.plain(each) for each in kinds}) or bool(called and "kind" in columns)
