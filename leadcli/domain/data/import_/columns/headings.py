"""What other programs call the fields of a lead: a table of column headings, and the words they are made of.

Headings are compared in lower case without spaces and punctuation; the table holds what the names of the registry and
`Field.headers` do not say. Facts about the files of HubSpot, Salesforce, EspoCRM, Odoo, OroCRM, Bitrix24, Perfex,
Pipedrive, Google, Outlook and LinkedIn.
"""

from __future__ import annotations

import re

PERSON = "person"  # a whole name in one column; no field of its own, but first, middle and last name

KNOWN = {
    "name": "lead title, lead name, lead, deal name, deal title, deal, opportunity, opportunity name, display name",
    PERSON: "contact, contact person, contact name, person, person name, full name, ansprechpartner, kontakt",
    "salutation": "salutation name, name prefix, prefix, honorific, mr ms, anrede, civilite",
    "first_name": (
        "given name, forename, christian name, contact first name, vorname, prenom, nombre, krstne meno, jmeno"
    ),
    "middle_name": "additional name, middle initial",
    "last_name": (
        "family name, contact last name, nachname, familienname, nom de famille, apellido, apellidos, priezvisko"
    ),
    "job_title": (
        "title, titel, position, job position, function, role, organization title, organisation title, occupation, "
        "poste, stelle, organization 1 title, person position"
    ),
    "company": (
        "company name, company account, customer account account name, account name, accountname, organization, "
        "organisation, customer, client, "
        "partner name, employer, firm, business name, associated company, firma, firmenname, unternehmen, entreprise, "
        "societe, empresa, organization 1 name, customer name"
    ),
    "industry": "sector, line of business, branche",
    "website": (
        "website url, web site, web page, webpage, home page, homepage, url, company website, corporate website, "
        "webseite, site web"
    ),
    "birthday": "birth date, birthdate, date of birth, dob, geburtstag, geburtsdatum, date de naissance",
    "status": "lead status, status id, stage id, deal stage, lead stage, contact status, phase",
    "type": "lead type",
    "priority": "lead priority, urgency, prioritat",
    "owner": (
        "lead owner, contact owner, deal owner, account owner, record owner, owner name, owner username, salesperson, "
        "sales person, sales rep, sales representative, assigned, assigned to, assigned user, assigned user name, "
        "user id, responsible, responsible user, responsible person, account manager, verkaufer, zustandig, betreuer"
    ),
    "source": (
        "lead source, source id, original source, contact source, how did you hear, utm source, quelle, herkunft"
    ),
    "source_detail": "source description, source details, lead source detail, original source drill down 1",
    "channel": "sales channel",
    "medium": "medium id, traffic type, utm medium",
    "campaign": "campaign name, campaign identifier, campaign id name, utm campaign, kampagne",
    "referred_by": "referred, referrer, referral, recommended by, empfohlen von",
    "products": "product, product interest, products of interest, interested, interested in",
    "description": (
        "notes, note, comments, comment, additional comments, remarks, message, memo, details, beschreibung, notizen, "
        "notiz, bemerkung, bemerkungen, kommentar"
    ),
    "tags": "tag, labels, label, tag ids, categories, category, groups, group membership, schlagworte",
    "value": (
        "amount, deal value, deal amount, opportunity amount, opportunity value, lead value, estimated value, est "
        "value, expected revenue, potential value, deal size, revenue, umsatz, betrag, wert"
    ),
    "currency": "currency code, amount currency, opportunity amount currency, currency of value, wahrung",
    "probability": "win probability, probability percent, chance",
    "expected_close": (
        "close date, closing date, expected closing, expected close date, expected closing date, date deadline, "
        "estimated close date, abschlussdatum"
    ),
    "lost_reason": "loss reason, closed lost reason, reason lost, lost reason id",
    "lost_note": "lost reason detail, loss note",
    "closed_at": "closed date, date closed, closed on, won time, lost time, converted date, converted at",
    "created_at": (
        "create date, created, created on, created date, created time, creation date, date created, create time, add "
        "time, erstellt am, angelegt am"
    ),
    "created_by": "creator, erstellt von",
    "updated_at": (
        "updated, modified, modified at, modified on, modification date, last modified, last modified date, last "
        "updated, last modified time, update time, write date, geandert am"
    ),
    "external_id": "id, record id, lead id, contact id, external id, deal id, source id number",
    "addresses": "further addresses",
}

# They feed a field only when no other column does: Oro's own tenant, Outlook's mail account.
WEAK = {"company": "organization name, account"}

# Seen in those files and no field of a lead; named as unmapped, and never mapped because they sound alike.
FOREIGN = """
is deleted, master record id, latitude, longitude, photo url, photo, rating, annual revenue, number of employees,
owner id, is converted, converted account id, converted contact id, converted
opportunity id, is unread by owner, created by id, last modified by id, last modified by, modified by, system
modstamp, last activity date, last viewed date, last referenced date, jigsaw, jigsaw contact id, clean status, company
duns number, dandb company id, email bounced reason, email bounced date, sic code, primary, current generators, number
of locations, assigned user id, campaign id, account id, team id, sales team, name suffix, suffix, phonetic first
name, phonetic middle name, phonetic last name, nickname, organization department, department, connected on, stage
description, available to all, returning lead, advertising system, campaign content, campaign search term, messenger,
lifecycle stage, associated company ids, associated contact ids, anniversary, assistants name, billing information,
children, directory server, email type, email display name, gender, government id number, hobby, initials, internet
free busy, keywords, language, location, managers name, mileage, callback, isdn, telex, radio phone, tty tdd phone,
organization id, person id, address organization, address first name, address middle name, address last name, address
name prefix, address name suffix, address formatted, event label, event value, website label, custom field label,
custom field value, currency id
"""

# A part of an address: how it is called.
ADDRESS = {
    "street": (
        "street, address, street address, address street, strasse, street line, address line, adresse, rue, calle, "
        "ulica"
    ),
    "city": "city, town, locality, ort, stadt, ville, ciudad, mesto",
    "region": "region, state, province, county, state province, state id, state combined, bundesland, kraj",
    "postcode": "postcode, postal code, zip, zip code, zip postal code, plz, code postal, codigo postal, psc",
    "country": (
        "country, country region, country name, country code, country iso code, country id, land, pays, pais, krajina"
    ),
    "address_label": "address label, label",
}
BEFORE_STREET = "po box, post office box"  # lines of their own above and below the street
AFTER_STREET = "extended address, neighborhood"

EMAIL = "email, email address, mail, mail address, email from, emailadresse"
PHONE = (
    "phone, phone number, tel, telephone, telephone number, phonenumber, telefon, telefonnummer, rufnummer, telefono"
)
MOBILE = "mobile, mobile phone, mobile number, cell, cell phone, cellphone, cell number, handy, handynummer, mobil"
NO_PHONE = frozenset({"fax", "telefax", "pager", "telex", "isdn", "tty"})

# The first word of a heading -> the label of the e-mail, phone or address in that column.
LABELS = {
    "work": "work", "business": "work", "office": "work", "corporate": "work", "company": "work", "home": "home",
    "private": "home", "personal": "home", "other": "other", "mobile": "mobile", "cell": "mobile", "primary": "",
    "main": "main", "company main": "main", "car": "car", "assistants": "assistant", "direct": "direct", "mailing": "",
    "contact": "", "billing": "billing", "shipping": "shipping", "geschaftlich": "work", "privat": "home",
    "secondary": "other", "alternate": "other", "alternative": "other", "lead": "", "person": "", "customer": "",
}  # fmt: skip
LATE = ("assistant", "car", "other")  # never the primary number while there is another
RECORDS = re.compile(
    r"(?:deal|lead|contact|person|organi[sz]ation|company|account|opportunity|customer)\s*[-–—:.]\s*(?=\S)",
    re.IGNORECASE,
)


def phrases(listed: str) -> list[str]:
    return [phrase.strip() for phrase in listed.replace("\n", " ").split(",")]
