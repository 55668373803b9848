"""A synthetic Brazilian book of sales on credit, from a seed, with the truth known.

`generate_book` draws a world of clients who can pay or not and want to or not, and keeps books of it as a seller would;
`write_erp_export` writes those books as an ERP would export them; `true_payments` knows how likely each open title is
paid by each day. This room knows no feature and no model: what moves its clients is hidden from the ledger, so that a
model can be held against the truth.
"""

from inadimplencia_ml.synthetic.book import Book, Truth, generate_book
from inadimplencia_ml.synthetic.erp import write_erp_export
from inadimplencia_ml.synthetic.payment_truth import TruePayments, true_payments

__all__ = ["Book", "TruePayments", "Truth", "generate_book", "true_payments", "write_erp_export"]
