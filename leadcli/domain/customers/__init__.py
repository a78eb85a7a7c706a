"""Accounts, contacts, opportunities, documents, products."""
