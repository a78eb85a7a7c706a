"""THE registry: every record of a desk and every field of a record, each a declaration of one line.

It drives table columns, options of `add` and `edit`, validation, filters, list columns, the card, the CSV template,
import mapping, export, history, merge, copy and conversion. Adding a field is adding a line here (see README, "Trace
a command"). A custom field becomes a `Field` over a real column `x_NAME` and is treated like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadcli.errors import BadDatabase
from leadcli.model import computed
from leadcli.model import kinds as k
from leadcli.model.computed import BANT
from leadcli.model.kinds import Choice, Id, Kind, Reference, many
from leadcli.model.record_types import Field, RecordType, list_hint, record_type, unreadable

__all__ = [
    "ACCOUNT",
    "ACTIVITY",
    "APART",
    "ATTACHMENT",
    "BANT",
    "BELONGINGS",
    "BY_LETTER",
    "CONTACT",
    "CUSTOMERS",
    "CUSTOM_FIELD",
    "DOCUMENT",
    "ENROLLMENT",
    "LEAD",
    "MERGED",
    "OPPORTUNITY",
    "OPTION",
    "RECORDS",
    "RULE",
    "SEQUENCE",
    "SETTING",
    "TEMPLATE",
    "VIEW",
    "Field",
    "RecordType",
    "custom_field",
    "list_hint",
    "unreadable",
]  # fmt: skip

F = Field


def _primary(record: str) -> tuple[Field, Field]:
    emails, phones = computed.primary_sql("emails", record), computed.primary_sql("phones", record)
    email = F("email", k.EMAIL, "primary e-mail", sql=emails, exported=False, writable=False,
              aliases=("mail", "e_mail"), list=4)  # fmt: skip
    phone = F("phone", k.PHONE, "primary phone", sql=phones, exported=False, writable=False,
              aliases=("tel", "mobile"), list=4)  # fmt: skip
    return email, phone


def _lists(to: str = "") -> tuple[Field, Field]:
    return (
        F(
            "emails",
            many.EMAILS,
            "e-mail, repeatable, [LABEL:]ADDRESS",
            "Contact",
            option="email",
            merge="union",
            copied=True,
            to=to,
        ),
        F(
            "phones",
            many.PHONES,
            "phone, repeatable, [LABEL:]NUMBER",
            "Contact",
            option="phone",
            merge="union",
            copied=True,
            to=to,
        ),
    )


def _tags(to: str = "") -> Field:
    return F("tags", many.TAGS, "tag, repeatable; 'a,b' adds two", "Pipeline", option="tag",
             aliases=("tag", "label", "labels"),
             copied=True, merge="union", list=6, to=to)  # fmt: skip


def _address(to: str = "") -> tuple[Field, ...]:
    parts = ("street", "city", "region", "postcode", "country", "address_label")
    aliases = {"region": ("state", "province"), "postcode": ("zip", "zip_code", "postal_code")}
    return tuple(
        F(part, k.LONG if part == "street" else k.TEXT, f"{part.replace('_', ' ')} of the primary address", "Address",
          aliases=aliases.get(part, ()), copied=True, merge="address", to=to) for part in parts
    )  # fmt: skip


def _person(to: str = "") -> tuple[Field, ...]:
    return (
        F("salutation", help="Mr, Ms, Dr", group="Person", copied=True, to=to),
        F("first_name", help="first name", group="Person", copied=True, to=to, aliases=("first",)),
        F("middle_name", help="middle name", group="Person", copied=True, to=to),
        F("last_name", help="last name", group="Person", copied=True, to=to, aliases=("last", "surname")),
        F("job_title", help="position", group="Person", copied=True, to=to, aliases=("position", "function")),
    )


def _stamps(*, exported: bool = True) -> tuple[Field, ...]:
    return (
        F(
            "created_at",
            k.MOMENT,
            "when it was added",
            "Record",
            aliases=("created",),
            writable=False,
            merge="earliest",
            exported=exported,
        ),
        F("created_by", k.TEXT, "who added it", "Record", writable=False, exported=exported, merge="never"),
        F(
            "updated_at",
            k.MOMENT,
            "last change",
            "Record",
            aliases=("updated", "changed"),
            writable=False,
            exported=exported,
            merge="never",
        ),
    )


def _agenda(to: str = "") -> tuple[Field, Field]:
    return (
        F("touch_every", k.INTERVAL, "keep in touch: a contact at least every 10d, 6w, 3m or 1y", "Work", copied=True,
          to=to),
        F("snoozed_until", k.DUE, "left out of next until then", "Work", merge="never", list=3),
    )  # fmt: skip


def _touch(last_contact: str, touch_due: str, unanswered_at: str, awaiting_at: str) -> tuple[Field, ...]:
    return (
        F("last_contact", k.MOMENT, "last call, e-mail, meeting or visit", "Work", aliases=("contacted",),
          writable=False, exported=False, sql=last_contact),
        F("touch_due", k.PLAN_MOMENT, "when to be in touch again, by touch_every", "Work", writable=False,
          exported=False, sql=touch_due),
        F("unanswered_at", k.MOMENT, "when they wrote, if they wrote last", "Work", writable=False, exported=False,
          sql=unanswered_at),
        F("awaiting_at", k.MOMENT, "when we wrote, if we wrote last", "Work", writable=False, exported=False,
          sql=awaiting_at),
    )  # fmt: skip


def _customer_work(record: str, *linked: str) -> tuple[Field, ...]:
    contacted = computed.last_contact_sql(computed.customer_activities(record, *linked))
    letters = computed.customer_letters(record)
    return (
        *_touch(contacted, computed.next_touch_sql(f"coalesce({contacted}, r.created_at)", "r.touch_every"),
                computed.last_letter_sql("in", letters), computed.last_letter_sql("out", letters)),
        F("due", k.DUE, "due date of the next open task", "Work", writable=False, exported=False,
          sql=computed.next_task_sql("due_at", record)),
    )  # fmt: skip


LEAD = record_type(
    "lead", "leads", "",
    F("id", Id(), "its number, never reused", writable=False, exported=False, list=0, merge="never"),
    F("uid", k.CODE, "its identity in every file", "Record", writable=False, merge="never"),
    F("name", help="what the lead is called", group="Person", copied=True, to="opportunity", list=0),
    *_person("contact"),
    F("company", help="company", group="Person", aliases=("org", "organization", "organisation"), copied=True,
      to="account.name", list=3),
    F("industry", help="line of business", group="Person", copied=True, to="account"),
    F("website", k.URL, "web site", "Contact", aliases=("url", "web"), copied=True, to="account"),
    F("birthday", k.BIRTHDAY, "date of birth", "Person", to="contact", copied=True),
    *_lists("account contact"),
    *_address("account contact"),
    F("addresses", many.ADDRESSES, "a further address: [LABEL:]street;city;region;postcode;country", "Address",
      option="address", copied=True, merge="union", to="contact"),
    F("status", Choice("status"), "where it stands in the pipeline", "Pipeline", aliases=("stage", "phase"),
      merge="furthest", list=0),
    F("type", Choice("type"), "kind of lead; may limit the statuses", "Pipeline", copied=True),
    F("priority", Choice("priority"), "how urgent", "Pipeline", copied=True, merge="highest", list=6),
    F("owner", Choice("owner", open=True), "who works on it", "Pipeline", aliases=("assigned", "salesperson"),
      copied=True,
      to="account contact opportunity", list=4),
    F("source", Choice("source", open=True), "where it came from", "Origin", aliases=("src",), to="opportunity",
      list=6),
    F("source_detail", help="more about the source", group="Origin"),
    F("channel", Choice("channel", open=True), "sales channel", "Origin", to="opportunity"),
    F("medium", Choice("medium", open=True), "medium", "Origin", to="opportunity"),
    F("campaign", Choice("campaign", open=True), "campaign", "Origin", to="opportunity"),
    F("referred_by", help="who recommended us", group="Origin", aliases=("referrer",)),
    F("item", Choice("item", open=True), "what they are interested in", "Deal", to="opportunity"),
    F("products", many.PRODUCTS, "product of interest, repeatable: 'NAME xQTY @PRICE'", "Deal", option="product",
      merge="union", to="opportunity"),
    F("description", k.LONG, "free text", "Notes", aliases=("desc",), copied=True, merge="join",
      to="account contact opportunity"),
    _tags("account contact opportunity"),
    F("value", k.MONEY, "expected revenue: 12500, 12.5k, '12500 USD'", "Deal", aliases=("amount", "revenue"),
      copied=True, to="opportunity", list=2),
    F("currency", k.CURRENCY, "ISO code", "Deal", copied=True, to="opportunity"),
    F("probability", k.PERCENT, "chance to win, 0-100", "Deal", copied=True, to="opportunity",
      check="probability BETWEEN 0 AND 100"),
    F("expected_close", k.PLAN_DAY, "when it should close", "Deal", aliases=("close", "closing", "expected"),
      option="close", to="opportunity"),
    F("budget", k.ANSWER, "BANT: yes, no, unknown or a text", "BANT"),
    F("authority", k.ANSWER, "BANT: yes, no, unknown or a text", "BANT"),
    F("need", k.ANSWER, "BANT: yes, no, unknown or a text", "BANT"),
    F("timeline", k.ANSWER, "BANT: yes, no, unknown or a text", "BANT"),
    F("do_not_contact", k.FLAG, "never mail or call", "Contact", aliases=("do_not_call", "opt_out"),
      check="do_not_contact IN (0, 1)", merge="highest", to="contact"),
    *_agenda("contact"),
    F("lost_reason", Choice("lost_reason"), "why it was lost", "Pipeline", aliases=("reason",), writable=False,
      merge="open"),
    F("lost_note", help="more about the loss", group="Pipeline", writable=False, merge="open"),
    F("closed_at", k.MOMENT, "when it was closed", "Pipeline", aliases=("closed",), writable=False, merge="open"),
    F("external_id", k.CODE, "its number in another system", "Record"),
    *_stamps(),
    F("converted_at", k.MOMENT, "when it became a customer", "Record", aliases=("converted",), writable=False,
      exported=False),
    F("account", Reference("account", "A"), "customer account: NAME or A4", "Customer", aliases=("customer",),
      exported=False, copied=True),
    F("contact", Reference("contact", "C"), "customer contact", "Customer", writable=False, exported=False,
      copied=True),
    F("opportunity", Reference("opportunity", "O"), "opportunity", "Customer", writable=False, exported=False),
    F("score", k.SCORE, "chance to win from your own history", "Deal", writable=False, exported=False, merge="never"),
    *_primary("lead"),
    F("age", k.DAYS, "days since it was added, until it closed", "Pipeline", writable=False, exported=False,
      sql=computed.days_between_sql("coalesce(r.closed_at, :now)", "r.created_at")),
    F("days_in_status", k.DAYS, "days in this status", "Pipeline", writable=False, exported=False,
      sql=computed.days_between_sql(":now", "r.status_at")),
    *_touch(computed.LAST_CONTACT, "r.touch_at", "r.unanswered_at", "r.awaiting_at"),
    F("touched", k.MOMENT, "last activity or change", "Work", writable=False, exported=False,
      sql=computed.TOUCHED),
    F("due", k.DUE, "due date of the next open task", "Work", writable=False, exported=False, sql=computed.NEXT_DUE,
      column="due_at", list=3),
    F("next_task", help="text of the next open task", group="Work", writable=False, exported=False,
      sql=computed.next_task_sql("text", "lead")),
    F("bant", k.INTEGER, "how many of budget, authority, need, timeline are yes", "BANT", writable=False,
      exported=False, sql=computed.bant_sql()),
    F("weighted", k.MONEY, "value x probability", "Deal", writable=False, exported=False,
      sql=computed.WEIGHTED),
    # The first one holds all that the heads of a board are made of; status alone keeps the leads of one in order.
    indexes=("currency, status, value",
             "status", "owner", "source", "priority", "external_id", "uid", "created_at", "company_key",
             "person_key", "name_key", "due_at", "account", "contact",
             "opportunity", "closed_at, status, currency, value", "expected_close", "touch_at", "unanswered_at"),
)  # fmt: skip

ACCOUNT = record_type(
    "account", "accounts", "A",
    F("id", Id("A"), "its number", writable=False, exported=False, list=0),
    F("name", help="company", list=0), F("industry", list=6), F("website", k.URL), *_lists(), *_address(),
    F("owner", Choice("owner", open=True), aliases=("assigned", "salesperson"), list=4),
    F("description", k.LONG, merge="join"), _tags(), *_agenda(), *_stamps(),
    *_primary("account"), *_customer_work("account", "lead", "contact", "opportunity"),
    indexes=("name_key", "company_key", "touch_every"),
)  # fmt: skip

CONTACT = record_type(
    "contact", "contacts", "C",
    F("id", Id("C"), "its number", writable=False, exported=False, list=0),
    F("name", help="full name", list=0), *_person(), F("birthday", k.BIRTHDAY), *_lists(), *_address(),
    F("addresses", many.ADDRESSES, option="address", merge="union"),
    F("account", Reference("account", "A"), aliases=("company", "customer"), list=3),
    F("owner", Choice("owner", open=True), aliases=("assigned", "salesperson"), list=5),
    F("description", k.LONG, merge="join"), _tags(),
    F("do_not_contact", k.FLAG, "never mail or call", check="do_not_contact IN (0, 1)", merge="highest"),
    *_agenda(), *_stamps(), *_primary("contact"), *_customer_work("contact", "lead", "opportunity"),
    indexes=("name_key", "account", "touch_every"),
)  # fmt: skip

OPPORTUNITY = record_type(
    "opportunity", "opportunities", "O",
    F("id", Id("O"), "its number", writable=False, exported=False, list=0),
    F("name", list=0), F("account", Reference("account", "A"), aliases=("company", "customer"), list=3),
    F("contact", Reference("contact", "C"), list=5),
    F("stage", Choice("stage"), "open, won or lost", aliases=("status", "phase"), list=0),
    F("value", k.MONEY, aliases=("amount", "revenue"), list=2),
    F("currency", k.CURRENCY), F("probability", k.PERCENT, check="probability BETWEEN 0 AND 100"),
    F("expected_close", k.PLAN_DAY, aliases=("close", "closing", "expected"), option="close", list=4),
    F("source", Choice("source", open=True)), F("channel", Choice("channel", open=True)),
    F("medium", Choice("medium", open=True)),
    F("campaign", Choice("campaign", open=True)), F("item", Choice("item", open=True)),
    F("products", many.PRODUCTS, option="product"),
    F("owner", Choice("owner", open=True), aliases=("assigned", "salesperson"), list=4),
    F("description", k.LONG), _tags(), F("closed_at", k.MOMENT, aliases=("closed",), writable=False), *_stamps(),
    F("weighted", k.MONEY, writable=False, exported=False,
      sql=computed.WEIGHTED),
    indexes=("stage", "account", "contact"),
)  # fmt: skip

ACTIVITY = record_type(
    "activity", "activities", "T",
    F("id", Id("T"), "its number", writable=False, list=0),
    F("record", help="what it belongs to: lead, account, contact, opportunity", writable=False),
    F("record_id", k.INTEGER, writable=False),
    F("kind", help="note call email meeting visit task event other", list=1), F("direction", help="in or out"),
    F("outcome"), F("text", k.LONG, list=0),
    F("at", k.MOMENT, "when it happened or will", list=1), F("duration", k.INTEGER, "minutes"),
    F("due_at", k.DUE, "when a task is due", aliases=("due",), option="due", label="due", list=1),
    F("done_at", k.MOMENT, "when a task was done", aliases=("done",)),
    F("owner", Choice("owner", open=True), aliases=("assigned",), list=4),
    F("created_at", k.MOMENT, writable=False, aliases=("created",)),
    F("created_by", label="actor", aliases=("actor",), writable=False, list=5),
    F("message_id", k.CODE, "Message-ID of a mail", writable=False),
    F("repeat", k.REPEAT, "how a task repeats: weekly, 'every last friday', an RRULE", aliases=("repeats",), list=2),
    F("repeat_from", k.DUE, "the date a series is counted from, where it is not the task's own", writable=False),
    indexes=("record_id", "due_at", "at", "message_id", "customer"),
)  # fmt: skip

ATTACHMENT = record_type(
    "attachment", "attachments", "F",
    F("id", Id("F"), list=0), F("record"), F("record_id", k.INTEGER), F("name", list=0), F("type"),
    F("size", k.INTEGER), F("sha256", k.CODE, list=9),
    F("created_at", k.MOMENT), F("created_by"), indexes=("record_id", "sha256"),
)  # fmt: skip

DOCUMENT = record_type(
    "document", "documents", "D",
    F("id", Id("D"), list=0), F("record"), F("record_id", k.INTEGER), F("kind", help="quote, order or invoice", list=0),
    F("number", list=0), F("date", k.PAST_DAY),
    F("status"), F("currency", k.CURRENCY), F("lines", many.LINES, option="line"), F("created_at", k.MOMENT),
    F("created_by"), indexes=("record_id",),
)  # fmt: skip

# Vocabulary and settings of the desk: journaled like everything else, so that `undo` takes them back too.
OPTION = record_type(
    "option", "options", "", F("id", Id()), F("field"), F("key"), F("label"), F("position", k.INTEGER), F("colour"),
    F("state"), F("active", k.INTEGER),
    F("rot_days", k.INTEGER), F("allow", k.JSON, "statuses a type allows"),
    F("next", k.JSON, "statuses that may follow"), F("price", k.INTEGER), F("currency"),
    F("also", k.JSON, "keys of other spellings"),
    indexes=("field",),
)  # fmt: skip
CUSTOM_FIELD = record_type(
    "custom_field", "custom_fields", "", F("id", Id()), F("name"), F("column"), F("type"), F("position", k.INTEGER),
    F("required", k.INTEGER),
)  # fmt: skip
VIEW = record_type("view", "views", "", F("id", Id()), F("name"), F("kind"), F("query"), F("plan", k.JSON))
RULE = record_type(
    "rule", "rules", "", F("id", Id()), F("name"), F("event"), F("condition"), F("actions", k.JSON),
    F("position", k.INTEGER), F("active", k.INTEGER),
    F("turn", k.INTEGER, "whose turn it is in a round robin"),
)  # fmt: skip
SEQUENCE = record_type(
    "sequence", "sequences", "", F("id", Id()), F("name"), F("steps", k.JSON, "what it does, in order"),
    F("stop_on", k.JSON, "what ends it, beside what ends every one"), F("weekdays", k.INTEGER, "no step on a weekend"),
    F("created_at", k.MOMENT),
)  # fmt: skip
# A lead on its way through a sequence: `step` is the next one, `token` tells its letters from those of another start.
ENROLLMENT = record_type(
    "enrollment", "enrollments", "", F("id", Id()), F("record"), F("record_id", k.INTEGER),
    F("sequence", k.INTEGER), F("step", k.INTEGER), F("state", help="running, paused, stopped or done"),
    F("reason"), F("due_at"), F("started_at", k.MOMENT), F("ended_at", k.MOMENT), F("token", k.CODE),
    indexes=("record_id", "state, due_at"),
)  # fmt: skip
BELONGINGS = ("activity", "attachment", "document", "enrollment")  # kinds of records that hang on another one
TEMPLATE = record_type(
    "template", "templates", "", F("id", Id()), F("name"), F("subject"), F("body", k.LONG), F("created_at", k.MOMENT)
)
SETTING = record_type("setting", "settings", "", F("id", Id()), F("name"), F("value"))
# What one unit of a currency is in the base currency from a day on ('' is for days that have no older rate).
RATE = record_type("rate", "rates", "", F("id", Id()), F("currency"), F("day"), F("rate"), indexes=("currency, day",))
APART = record_type(
    "apart",
    "not_duplicates",
    "",
    F("id", Id()),
    F("kind"),
    F("first_uid"),
    F("other_uid"),
    indexes=("first_uid", "other_uid"),
)
MERGED = record_type(
    "merged",
    "merged",
    "",
    F("id", Id()),
    F("kind"),
    F("old_id", k.INTEGER),
    F("new_id", k.INTEGER),
    F("old_uid"),
    indexes=("old_id", "new_id", "old_uid"),
)

RECORDS: Mapping[str, RecordType] = {
    each.name: each
    for each in (
        LEAD,
        ACCOUNT,
        CONTACT,
        OPPORTUNITY,
        ACTIVITY,
        ATTACHMENT,
        DOCUMENT,
        OPTION,
        CUSTOM_FIELD,
        VIEW,
        RULE,
        SEQUENCE,
        ENROLLMENT,
        TEMPLATE,
        SETTING,
        RATE,
        APART,
        MERGED,
    )
}
BY_LETTER: Mapping[str, RecordType] = {each.letter: each for each in RECORDS.values() if each.letter}
CUSTOMERS = ("account", "contact", "opportunity")


def custom_field(name: str, *, type: str, column: str, required: bool = False) -> Field:
    """The Field of a custom field over its real column."""
    if type not in (*k.CUSTOM, "choice"):
        raise BadDatabase(
            f"the custom field {name} has the type '{type}', which this leadcli does not know.",
            hint="update leadcli, or put the newest backup in the file's place",
        )
    kind: Kind = Choice(name) if type == "choice" else k.CUSTOM[type]
    check = f'"{column}" IN (0, 1)' if type == "bool" else ""
    return Field(name, kind, f"custom field ({type})", "Custom", copied=True, to="account contact opportunity",
                 custom=True, required=required, column=column, check=check)  # fmt: skip
