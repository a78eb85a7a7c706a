"""product and document: a closed list with prices, orders and invoices with lines."""

from __future__ import annotations

import pytest
from desk import Desk
from postoffice import configure, read


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--item", "Engine", "--value", "12.5k")
    return desk


def test_products_have_prices_that_leads_take_over(ada: Desk) -> None:
    assert ada.run("product", "add", "Pump", "--price", "120").stderr == "Added product Pump, €120.00.\n"
    ada.ok("edit", "1", "--product", "Pump x2 @99.5")
    assert ada.json("show", "1")["products"] == [{"product": "Pump", "quantity": 2, "price": 99.5}]
    ada.ok("edit", "1", "--product", "pump x3")
    assert ada.json("show", "1")["products"] == [{"product": "Pump", "quantity": 3, "price": 120.0}]
    assert ada.json("product") == [{"name": "Pump", "price": 120.0, "currency": "EUR", "active": True, "leads": 1}]
    assert ada.json("filter", "product:pump")[0]["id"] == 1


def test_the_list_of_products_is_closed(ada: Desk) -> None:
    ada.fails(2, "edit", "1", "--product", "Pump", says="none yet")
    ada.ok("product", "add", "Pump")
    ada.fails(2, "edit", "1", "--product", "Pumpe x3", says="Did you mean 'Pump'?")
    ada.fails(2, "add", "X", "--product", "Valve", says="Products: Pump")
    ada.fails(5, "product", "add", "PUMP", says="exists already")
    ada.fails(2, "product", "edit", "Valve", "--price", "1", says="Products: Pump")
    ada.fails(2, "product", "add", "Valve", "--price", "1,234", says="can mean 1234 or 1.234")
    ada.fails(2, "product", "edit", "Pump", says="nothing to change")


def test_a_new_name_follows_to_the_leads_and_back_with_undo(ada: Desk) -> None:
    ada.ok("product", "add", "Pump", "--price", "120 USD")
    ada.ok("edit", "1", "--product", "Pump x3")
    before = ada.ok("export")
    ada.fails(5, "product", "rm", "Pump", says="--inactive")
    ada.ok("product", "edit", "Pump", "--name", "Big pump", "--inactive")
    assert ada.json("show", "1")["products"][0]["product"] == "Big pump"
    ada.ok("undo")
    assert ada.ok("export") == before
    ada.ok("edit", "1", "--unset", "products")
    ada.ok("product", "rm", "Pump")
    assert ada.json("product") == []


def test_a_document_without_lines_has_the_leads_own(ada: Desk) -> None:
    done = ada.run("document", "add", "1")
    assert (done.stdout, done.stderr) == ("D1\n", "Added order 1 (D1): €12,500.00.\n")
    assert ada.json("document", "show", "D1") == {
        "id": "D1", "lead": 1, "kind": "order", "number": "1", "date": "2026-11-22", "status": None, "currency": "EUR",
        "lines": [{"text": "Engine", "quantity": "1", "price": 12500.0}], "total": 12500.0,
    }  # fmt: skip
    assert "Engine" in ada.ok("show", "1")


def test_a_quote_has_the_products_of_the_lead(ada: Desk) -> None:
    ada.ok("product", "add", "Pump", "--price", "120")
    ada.ok("product", "add", "Survey")
    ada.ok("edit", "1", "--product", "Pump x2 @99.5", "--product", "Survey")
    done = ada.run("document", "add", "1", "--kind", "quote")
    assert done.stderr == "Warning: product Survey has no price: its line is 0\nAdded quote 1 (D1): €199.00.\n"
    assert ada.json("document", "show", "D1")["lines"] == [
        {"text": "Pump", "quantity": "2", "price": 99.5}, {"text": "Survey", "quantity": "1", "price": 0.0},
    ]  # fmt: skip
    ada.ok("document", "add", "1", "--kind", "quote", "--line", "Pump;1;5")
    assert [row["number"] for row in ada.json("document")] == ["2", "1"]
    ada.ok("undo")
    ada.ok("undo")
    assert ada.json("document") == []


def test_lines_numbers_and_totals(ada: Desk) -> None:
    lines = ("--line", "Pump;2;120.50", "--line", "Delivery;1.5;10")
    ada.ok("document", "add", "1", "--kind", "invoice", "--number", "41", "--date", "2026-11-01", *lines)
    assert ada.json("document", "show", "D1")["total"] == 256.0
    ada.ok("document", "add", "1", "--kind", "invoice")
    assert [(row["id"], row["number"]) for row in ada.json("document", "list", "1")] == [("D2", "42"), ("D1", "41")]
    ada.fails(5, "document", "add", "1", "--kind", "invoice", "--number", "42", says="exists already (D2)")
    assert ada.ok("document", "add", "1", "--kind", "invoice", "--number", "42", "--force") == "D3"


def test_documents_change_and_go_and_come_back(ada: Desk) -> None:
    ada.ok("document", "add", "1")
    ada.ok("document", "edit", "D1", "--status", "paid", "--line", "Pump;3;120", "--kind", "invoice")
    shown = ada.json("document", "show", "D1")
    assert (shown["kind"], shown["status"], shown["total"]) == ("invoice", "paid", 360.0)
    ada.ok("document", "edit", "D1", "--currency", "JPY")
    assert ada.json("document", "show", "D1")["total"] == 360.0
    ada.ok("document", "rm", "D1")
    assert ada.json("document") == []
    ada.ok("undo")
    assert ada.json("document", "show", "D1")["currency"] == "JPY"


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (2, ["document", "add", "1", "--kind", "ordr"], "Did you mean 'order'?"),
        (2, ["document", "add", "1", "--line", "Pump;two;1"], "quantity"),
        (2, ["document", "add", "1", "--line", "Pump;1;1,234"], "can mean 1234 or 1.234"),
        (2, ["document", "add", "2"], "neither products nor an item nor a value"),
        (2, ["document", "edit", "D1"], "nothing to change"),
        (3, ["document", "show", "D9"], "D9"),
        (3, ["document", "add", "9"], "no lead 9"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(ada: Desk, code: int, words: list[str], says: str) -> None:
    ada.ok("add", "Nothing known")
    ada.ok("document", "add", "1")
    ada.fails(code, *words, says=says)
    assert len(ada.json("document")) == 1


EVIL = '<script>alert(1)</script> {{ 7*7 }} <img src="http://127.0.0.1:9/x"> \x1b[31m'


@pytest.fixture
def quote(ada: Desk) -> Desk:
    """A quote of two lines, with a head and hostile texts."""
    ada.ok("edit", "1", "--company", f"Acme {EVIL}", "--street", "1 Main St", "--postcode", "53111", "--city", "Bonn")
    for name, value in {"name": "Lee Pumps", "address": "Hafen 3; 20457 Hamburg", "tax": "DE123"}.items():
        ada.ok("config", f"sender.{name}", value)
    ada.ok("document", "add", "1", "--kind", "quote", "--line", "Pump;2;120.50", "--line", f"Work {EVIL};1.5;10")
    return ada


def test_a_document_is_a_page_to_print(quote: Desk) -> None:
    quote.ok("document", "show", "D1", "-o", "q.html")
    page = (quote.home / "q.html").read_text("utf-8")
    for text in ("Quote 1", "Lee Pumps", "<br>20457 Hamburg", "53111 Bonn", "€256.00", "DE123", "size: A4"):
        assert text in page
    assert [text for text in ("<script", "<img", "\x1b", " 49 ") if text in page] == []
    quote.ok("config", "sender.paper", "letter")
    assert "size: letter" in quote.ok("document", "show", "D1", "--format", "html")
    quote.fails(2, "config", "sender.paper", "a3", says="is not one of a4, letter")


def test_a_document_is_a_pdf_of_the_same_bytes(quote: Desk) -> None:
    for name in ("1.pdf", "2.pdf"):
        quote.ok("document", "show", "D1", "-o", name)
    pdf = (quote.home / "1.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert pdf == (quote.home / "2.pdf").read_bytes()
    assert b"127.0.0.1" not in pdf
    quote.fails(2, "list", "-o", "x.pdf", says="only one document is written as PDF")
    assert not (quote.home / "x.pdf").exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise ImportError", "writing PDF needs WeasyPrint"),
        ("raise OSError('no libpango')", "does not find its libraries (no libpango)"),
    ],
)
def test_without_what_writes_pdf_one_sentence_says_so(quote: Desk, code: str, says: str) -> None:
    quote.file("weasyprint.py", code + "\n")
    done = quote.process("document", "show", "D1", "-o", "q.pdf", PYTHONPATH=str(quote.home))
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert "-o FILE.html" in done.stderr
    assert not (quote.home / "q.pdf").exists()


def test_a_document_goes_by_mail_once(quote: Desk) -> None:
    folder = quote.home / "out"
    configure(quote, command=f"sh {quote.file('sendmail.sh', 'mkdir -p out; cat > out/$$.eml')}")
    config = quote.home / "config" / "leadcli" / "config.toml"
    config.write_text(config.read_text("utf-8") + "[sender]\nname = 'Lee Pumps'\n", "utf-8")
    send = ("document", "show", "D1", "--email", "ada@acme.com")
    shown = read(quote.ok(*send, "--dry-run"))
    assert shown["Subject"] == "Quote 1 from Lee Pumps"
    assert (shown["Auto-Submitted"], shown["List-Id"]) == (None, None)
    assert "Sent quote 1 to ada@acme.com." in quote.run(*send, "--format", "pdf").both
    assert "had quote 1 today already" in quote.run(*send, "--format", "pdf").both
    assert len(list(folder.glob("*.eml"))) == 1
    quote.ok("document", "edit", "D1", "--line", "Pump;1;99")
    assert "Sent" in quote.run(*send, "--format", "pdf").both
    quote.ok(*send, "--format", "pdf", "--force")
    messages = [read(path.read_bytes()) for path in folder.glob("*.eml")]
    files = [next(message.iter_attachments()) for message in messages]
    assert [each.get_filename() for each in files] == ["Quote-1.pdf"] * 3
    assert all(each.get_content().startswith(b"%PDF-") for each in files)
    quote.fails(2, *send[:3], "--dry-run", says="add --email ADDRESS")
