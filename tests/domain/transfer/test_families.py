"""The files of other programs: every column that means something for a lead is mapped, the rest is named."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from leadcli.domain.data.import_.columns.map_by_row import gatherer
from leadcli.domain.data.import_.columns.mapping import Mapping, map_columns
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.model.fields import LEAD

FILES = Path(__file__).parent / "families"
UNMAPPED = {
    "apple.vcf": "",
    "vcard4.vcf": "",
    "bitrix24.csv": (
        "Stage Description, Available to All, Returning Lead, Advertising System, Campaign Content, Campaign "
        "Search Term, Work Fax, Pager, Messenger"
    ),
    "espocrm.csv": "phoneNumberFax, assignedUserId, campaignId",
    "google.csv": (
        "Phonetic First Name, Phonetic Middle Name, Phonetic Last Name, Name Suffix, Nickname, File As, "
        "Organization Department, Photo, Address 1 - Formatted, Website 1 - Label, Event 1 - Label, Event 1 - "
        "Value, Event 2 - Label, Event 2 - Value, Custom Field 1 - Label, Custom Field 1 - Value"
    ),
    "hubspot.csv": "Lifecycle Stage, Associated Company IDs",
    "hubspot_deals.csv": "Associated Company IDs",
    "linkedin.csv": "Connected On",
    "odoo.csv": "Sales Team, Type",
    "odoo_keys.csv": "state_id/id, country_id/id, user_id/id, stage_id/id, tag_ids/id",
    "orocrm.csv": (
        "Name suffix, Number of employees, Address 1 Organization, Address 1 Name prefix, Address 1 First name, "
        "Address 1 Middle name, Address 1 Last name, Address 1 Name suffix, Address 1 State Combined code, "
        "Organization Name"
    ),
    "outlook.csv": (
        "Suffix, Department, Business Fax, Callback, Home Fax, ISDN, Other Fax, Pager, Radio Phone, TTY/TDD "
        "Phone, Telex, Account, Anniversary, Assistant's Name, Billing Information, Children, Directory Server, "
        "E-mail Type, E-mail Display Name, E-mail 2 Type, E-mail 2 Display Name, E-mail 3 Type, E-mail 3 Display "
        "Name, Gender, Government ID Number, Hobby, Initials, Internet Free Busy, Keywords, Language, Location, "
        "Manager's Name, Mileage"
    ),
    "perfex.csv": "",
    "pipedrive.csv": "",
    "salesforce.csv": (
        "IsDeleted, MasterRecordId, Latitude, Longitude, Fax, PhotoUrl, Rating, AnnualRevenue, NumberOfEmployees, "
        "OwnerId, IsConverted, ConvertedAccountId, ConvertedContactId, ConvertedOpportunityId, "
        "IsUnreadByOwner, CreatedById, LastModifiedById, SystemModstamp, LastActivityDate, LastViewedDate, "
        "LastReferencedDate, Jigsaw, JigsawContactId, CleanStatus, CompanyDunsNumber, DandbCompanyId, "
        "EmailBouncedReason, EmailBouncedDate, SICCode__c, Primary__c, CurrentGenerators__c, NumberofLocations__c"
    ),
    "salesforce_contacts.csv": "Fax",
    "salesforce_report.csv": "Rating",
}


class Read(NamedTuple):
    mapping: Mapping
    rows: list[dict[str, str]]
    notes: list[str]


def read(name: str) -> Read:
    source = open_source(str(FILES / name))
    rows = list(source.rows)
    assert not [row for row in rows if row.error]
    found = map_columns(source.headers, [row.cells for row in rows])
    texts = gatherer(found)
    return Read(found, [texts(row.cells) for row in rows], source.notes)


def test_every_file_is_in_the_table() -> None:
    assert {path.name for path in FILES.iterdir()} == set(UNMAPPED)


@pytest.mark.parametrize("name", UNMAPPED)
def test_every_column_is_mapped_or_named(name: str) -> None:
    found = read(name)
    assert ", ".join(column.header for column in found.mapping.unmapped()) == UNMAPPED[name]
    assert len(found.rows) == 20
    assert set(found.mapping.mapped_fields()) <= {*LEAD.fields, "person"}
    assert not {"person", "suggestion"} & set(found.rows[0])


def test_hubspot() -> None:
    assert read("hubspot.csv").rows[3] == {
        "external_id": "900003", "first_name": "Dmitri", "last_name": "Ivanov", "emails": "dmitri.ivanov@delta.example",
        "phones": "+44 20 7946 0003", "status": "NEW", "created_at": "2026-04-04 09:14", "company": "Delta Tools",
        "country": "France", "owner": "Ann Seller", "source": "Organic Search",
    }  # fmt: skip
    assert read("hubspot_deals.csv").rows[0] == {
        "external_id": "910000", "name": "Alder Works - pumps", "status": "Qualified", "value": "1000",
        "owner": "Ann Seller", "expected_close": "2026-01-01",
    }  # fmt: skip


def test_salesforce() -> None:
    lead = read("salesforce.csv").rows[0]
    assert (lead["job_title"], lead["salutation"], lead["products"]) == ("Buyer", "Ms.", "GC1000 series")
    assert lead["street"] == "1 High Street\nFloor 1"
    assert lead["phones"] == "+44 20 7946 0000;mobile:+44 7700 900000"
    report = read("salesforce_report.csv")
    assert report.rows[1]["do_not_contact"] == "1"
    assert "left out 5 footer rows from line 24" in report.notes
    contact = read("salesforce_contacts.csv").rows[1]
    assert (contact["company"], contact["owner"], contact["postcode"]) == ("Birch & Sons", "Ann Seller", "04109")


def test_espocrm_holds_back_plus_signs() -> None:
    lead = read("espocrm.csv").rows[1]
    assert lead["phones"] == "+44 20 7946 0001;mobile:+44 7700 900001"
    assert lead["emails"] == "bruno.berg@birch.example;bruno@home.example"
    assert (lead["value"], lead["currency"], lead["salutation"]) == ("500", "EUR", "Ms.")


def test_odoo() -> None:
    found = read("odoo.csv")
    assert found.mapping.shared == {"company": ("Company Name", "Customer")}
    lead = found.rows[0]
    assert (lead["name"], lead["first_name"], lead["last_name"]) == ("Pumps for Alder Works", "Ada", "Novak")
    assert (lead["company"], lead["salutation"], lead["job_title"]) == ("Alder Works", "Madam", "Buyer")
    assert lead["street"] == "1 High Street\nFloor 1"
    assert read("odoo_keys.csv").rows[0]["external_id"] == "__export__.crm_lead_0"


def test_orocrm() -> None:
    lead = read("orocrm.csv").rows[0]
    assert lead["company"] == "Alder Works"
    assert (lead["street"], lead["country"], lead["address_label"]) == (
        "1 High Street\nFloor 1",
        "US",
        "primary address",
    )
    assert (lead["phones"], lead["tags"]) == ("+44 20 7946 0000;+44 7700 900000", "custom tag, second tag")


def test_bitrix24() -> None:
    lead = read("bitrix24.csv").rows[0]
    assert lead["phones"] == "work:+44 20 7946 0000;work:+44 20 7946 1000;mobile:+44 7700 900000"
    assert lead["emails"] == "work:ada.novak@alder.example;home:ada@home.example"
    assert (lead["region"], lead["country"], lead["medium"]) == ("Greater London", "United Kingdom", "cpc")


def test_perfex_and_pipedrive() -> None:
    lead = read("perfex.csv").rows[0]
    assert (lead["name"], lead["job_title"], lead["value"]) == ("Ada Novak", "Buyer", "0")
    deal = read("pipedrive.csv").rows[1]
    assert (deal["external_id"], deal["name"], deal["last_name"]) == ("8", "Birch & Sons deal", "Berg")


def test_google() -> None:
    lead = read("google.csv").rows[0]
    assert lead["emails"] == "work:ada.novak@alder.example;work:sales@alder.example;home:ada@home.example"
    assert lead["phones"] == "work:+44 20 7946 0000;mobile:+44 7700 900000"
    assert lead["tags"] == "Fair 2026;myContacts"
    assert read("google.csv").rows[1]["street"] == "PO Box 7\n2 High Street"


def test_outlook() -> None:
    lead = read("outlook.csv").rows[0]
    assert lead["phones"] == "work:+44 20 7946 0000;mobile:+44 7700 900000;assistant:+44 20 7946 8888"
    assert (lead["salutation"], lead["job_title"], lead["tags"]) == ("Ms.", "Buyer", "Fair;VIP")
    assert (lead["city"], lead["address_label"]) == ("London", "work")
    assert lead["addresses"] == '[{"label": "home", "street": "2 Low Road", "city": "Leeds"}]'


def test_linkedin() -> None:
    found = read("linkedin.csv")
    assert "skipped 3 lines before the header" in found.notes
    assert found.rows[2] == {
        "first_name": "Clara", "last_name": "Costa", "website": "https://linkedin.example/in/clara",
        "company": "Cedar, Ltd", "job_title": "Owner",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["apple.vcf", "vcard4.vcf"])
def test_vcards(name: str) -> None:
    lead = read(name).rows[2]
    assert lead["emails"] == "work:clara.costa@cedar.example;home:clara@home.example"
    assert lead["phones"].replace("-", " ") == "mobile:+44 7700 900002;home:+44 20 7946 0002"
    assert (lead["company"], lead["birthday"], lead["postcode"]) == ("Cedar, Ltd", "1978-01-20", "02108")
