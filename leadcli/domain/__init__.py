"""The verbs of the desk: everything a command, the Python door or another door may ask of the domain.

    from leadcli import domain
    domain.create_lead(store, {"name": "Ada"})        # a verb: a function that takes a Store, open for what it does
    domain.EditRequest(replaced={"owner": "bob"})     # a value: what a verb takes or returns

A name loads its module when it is first used, so that a command pays only for its part. Doors import from here only,
and nothing below imports this page. `module:name` gives a function another name here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

VERBS = {
    # Leads
    "create_lead": "leads.create",  # add one, with its first note and task
    "list_table": "leads.lists",  # records that match, as a table
    "count_matches": "leads.lists",  # how many match
    "explain_query": "leads.lists",  # how a filter is read
    "save_view": "leads.saved_views",  # keep a filter under a name
    "rename_view": "leads.saved_views",
    "delete_view": "leads.saved_views",
    "view_table": "leads.saved_views",  # the filters kept
    "resolve_target": "leads.targets",  # ids, a filter, a view, an address -> records
    "resolve_one": "leads.targets",  # the same for exactly one
    "match_name": "leads.names",  # the open leads a word names
    "record_cards": "leads.card",  # records in full
    "edit_records": "leads.edit",  # change one or many
    "delete_records": "leads.delete",  # with all that hangs on them
    "erase_records": "leads.delete",  # for good, out of history and file too
    # Pipeline
    "move_leads": "pipeline.moves",  # to another status
    "lose_leads": "pipeline.moves",  # close as lost, with a reason
    "pipeline_table": "pipeline.moves",  # statuses with counts and sums
    "convert_leads": "pipeline.convert",  # make customers of them
    "customer_file": "pipeline.customer_file",  # what conversion made, as JSON or vCard
    "build_board": "pipeline.board",  # lanes of cards
    "move_card": "pipeline.board",  # one card to another lane
    "next_table": "pipeline.next_calls",  # whom to contact now, and why
    "snooze_records": "pipeline.next_calls",  # out of next until a day
    # Work
    "log_activity": "work.activities",  # a call, note, mail, meeting
    "edit_activities": "work.activities",  # correct what was logged
    "delete_activities": "work.activities",
    "timeline_table": "work.activities",  # who spoke to whom
    "add_task": "work.tasks",
    "task_table": "work.tasks",
    "edit_tasks": "work.tasks",  # another text, date, owner or repeat
    "finish_tasks": "work.tasks",  # and make the next one of those that repeat
    "reopen_tasks": "work.tasks",
    "remove_tasks": "work.tasks",
    "tasks_to_ics": "work.calendar",  # for a calendar program
    "write_calendar_folder": "work.calendar",  # the same, a file for each task
    "attach_files": "work.attachments",
    "attachment_table": "work.attachments",
    "save_attachments": "work.attachments",  # to a folder
    "remove_attachments": "work.attachments",
    "send_mail": "work.mail.lead_mail",  # one letter filled in for each lead
    "write_drafts": "work.mail.lead_mail",  # the same as files
    # Customers
    "add_document": "customers.documents",  # an order or an invoice
    "edit_document": "customers.documents",
    "remove_documents": "customers.documents",
    "document_table": "customers.documents",
    "document_card": "customers.documents",
    "add_product": "customers.products",
    "edit_product": "customers.products",
    "remove_product": "customers.products",
    "product_table": "customers.products",
    # Data
    "import_files": "data.import_.importing",  # CSV, JSON, vCard, Excel
    "import_template": "data.import_.importing:template",  # an empty file with the right headings
    "take_mail": "data.inbox",  # mail that came in
    "take_imap_mail": "data.inbox",
    "take_form": "data.web_forms",
    "export_table": "data.export",  # all leads, or a filter's
    "export_database": "data.export",  # the whole desk, or some leads, as a database
    "find_duplicates": "data.duplicates.find",  # groups, with score and reasons
    "merge_records": "data.duplicates.merge",  # into the first one
    "keep_apart": "data.duplicates.merge",  # these are different ones, for good
    "apply_decisions": "data.duplicates.merge",  # merge and keep apart many groups
    # Insight
    "run_report": "insight.reports:run",  # ready-made, saved or one of your own
    "list_reports": "insight.reports",
    "save_report": "insight.reports",
    "delete_report": "insight.reports",
    "score_leads": "insight.score",  # the chance to win
    "refresh_scores": "insight.score",
    "list_operations": "insight.history",  # what was done, newest first
    "list_operation_changes": "insight.history",  # one operation, field by field
    "list_record_changes": "insight.history",  # what became of one record
    "list_record_operations": "insight.history",
    # Upkeep
    "create_desk": "upkeep.new_desk",  # a file with the vocabulary of a preset
    "replace_desk": "upkeep.new_desk",  # an empty one in its place
    "adopt_file": "upkeep.recovery",  # mark a file made from a dump as a desk
    "undo_operation": "upkeep.recovery",
    "redo_operation": "upkeep.recovery",
    "rate_table": "upkeep.rates",  # what currencies are worth in the base currency
    "set_base_currency": "upkeep.rates:set_base",
    "set_rate": "upkeep.rates",
    "import_rates": "upkeep.rates",  # of the European Central Bank, or date,currency,rate
    "remove_rates": "upkeep.rates",
    "backup_desk": "upkeep.recovery",  # a consistent, checked copy
    "backup_series": "upkeep.recovery",  # dated copies in a folder, older ones thinned out
    "examine_desk": "upkeep.doctor",  # what is wrong, and mended
    "field_table": "upkeep.custom_fields",
    "field_choices": "upkeep.custom_fields",
    "add_field": "upkeep.custom_fields",
    "edit_field": "upkeep.custom_fields",
    "remove_field": "upkeep.custom_fields",
    "add_template": "work.mail.templates",
    "edit_template": "work.mail.templates",
    "remove_template": "work.mail.templates",
    "template_table": "work.mail.templates",
    "template_card": "work.mail.templates",
    "add_rule": "work.automation.rules",  # what the desk does by itself
    "rule_table": "work.automation.rules",
    "rule_card": "work.automation.rules",
    "switch_rules": "work.automation.rules",  # on or off
    "allow_rules": "work.automation.rules",
    "remove_rules": "work.automation.rules",
    "test_rule": "work.automation.rules",
    "run_timed_rules": "work.automation.triggers",
    "add_sequence": "work.automation.sequences",  # letters and tasks that follow one another
    "edit_sequence": "work.automation.sequences",
    "remove_sequences": "work.automation.sequences",
    "allow_sequences": "work.automation.sequences",
    "sequence_table": "work.automation.sequences",
    "sequence_card": "work.automation.sequences",
    "start_sequence": "work.automation.enrollment",
    "pause_sequence": "work.automation.enrollment",
    "resume_sequence": "work.automation.enrollment",
    "stop_sequence": "work.automation.enrollment",
    "due_table": "work.automation.enrollment",
    "run_automation": "work.automation.triggers",  # after every operation
}
# What the verbs take and return, and what a door needs around them.
_VALUES = {
    "customers.documents": "DocumentRequest",
    "customers.products": "ProductChange",
    "data.duplicates.find": (
        "DedupeRequest DuplicateList explain_groups field_names_of groups_json groups_table record_type_named "
        "side_by_side"
    ),
    "data.duplicates.groups": "DuplicateGroup",
    "data.duplicates.merge": (
        "MERGEABLE MergeGroup SURVIVOR_RULES merge_card merge_preview survivor_of Decisions find_conflicts"
    ),
    "data.duplicates.scan": "CacheOptions",
    "data.export": "ExportRequest parse_parts",
    "data.import_.importing": "ImportRequest",
    "data.import_.options": "ImportOptions",
    "data.web_forms": "FormRequest",
    "insight.history": "HistoryRequest undoable_operations",
    "insight.reports": "REPORTS ReportRequest explain_report",
    "insight.score": "ScoreRequest",
    "leads.create": "CreateOptions complete_lead resolve_field_names",
    "leads.edit": "EditRequest describe_edit no_match_note preview_edit",
    "leads.edit_form": (
        "changed_values form_texts place_error read_form read_json_lead typed_texts typed_values write_form"
    ),
    "leads.lists": "ListRequest field_names parse_query resolve_column_names row_limit",
    "leads.names": "NameMatches describe_lead named_target several_named",
    "leads.record_values": "Typed parse_values",
    "leads.saved_views": "parse_with_views view_texts",
    "leads.targets": "Target ids_in_words",
    "pipeline.board": "BoardRequest explain_board",
    "pipeline.convert": "ConvertRequest has_no_contact_data",
    "pipeline.customer_file": "check_suffix",
    "pipeline.moves": "MoveRequest lost_status",
    "pipeline.next_calls": "NextRequest SNOOZABLE explain_next read_snooze",
    "pipeline.rules": "find_status is_reason_required lost_reasons status_state statuses_of",
    "upkeep.choice_lists": "ChoiceChange",
    "upkeep.custom_fields": "FieldChange",
    "upkeep.doctor": "DoctorReport DoctorRequest damage_report drop_triggers strange_report",
    "upkeep.new_desk": "describe_loss desk_in_memory find_preset vocabulary_filler",
    "work.activities": "LogEntry TaskValues TimelineRequest explain_timeline find_by_number parse_entry",
    "work.automation.actions": "Actions Rule",
    "work.automation.enrollment": "start_preview",
    "work.automation.rules": "RULE_EVENTS all_rules",
    "work.automation.sequences": "SequenceText all_sequences",
    "work.mail.lead_mail": "MailBatch MailOptions count_words mail_messages prepare_mail preview_mail skipped_text",
    "work.mail.message": "Attachment",
    "work.mail.report_mail": "ReportMail compose_messages join_messages send_messages",
    "work.mail.templates": "Template find_template template_text",
    "work.mail.transport": "choose_transport exposed_settings_warning resendable_states",
    "work.tasks": "TaskRequest TaskTarget explain_tasks find_tasks preview_tasks resolve_tasks split_due",
}
NAMES = {
    **{name: module for module, names in _VALUES.items() for name in names.split()},
    **VERBS,
    "ACTIVITY_KINDS": "work.activities:KINDS",
    "BOARD_CARDS": "pipeline.board:CARDS",
    "FIELD_TYPES": "upkeep.custom_fields:TYPES",
    "NEXT_LIMIT": "pipeline.next_calls:LIMIT",
    "LARGEST_FORM": "data.web_forms:LARGEST_BODY",
    "check_mail_sources": "data.inbox:check_sources",
    "next_column_names": "pipeline.next_calls:column_names",
}


def __getattr__(name: str) -> Any:
    """A verb or value by its name; its module is loaded now."""
    if name not in NAMES:
        raise AttributeError(f"the domain has no verb or value {name!r}")
    module, _, original = NAMES[name].partition(":")
    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), original or name)
    return value


if TYPE_CHECKING:  # the same names for mypy and editors; tests/test_layers.py holds both lists equal
    from leadcli.domain.customers.documents import (
        DocumentRequest,
        add_document,
        document_card,
        document_table,
        edit_document,
        remove_documents,
    )
    from leadcli.domain.customers.products import (
        ProductChange,
        add_product,
        edit_product,
        product_table,
        remove_product,
    )
    from leadcli.domain.data.duplicates.find import (
        DedupeRequest,
        DuplicateList,
        explain_groups,
        field_names_of,
        find_duplicates,
        groups_json,
        groups_table,
        record_type_named,
        side_by_side,
    )
    from leadcli.domain.data.duplicates.groups import DuplicateGroup
    from leadcli.domain.data.duplicates.merge import (
        MERGEABLE,
        SURVIVOR_RULES,
        Decisions,
        MergeGroup,
        apply_decisions,
        find_conflicts,
        keep_apart,
        merge_card,
        merge_preview,
        merge_records,
        survivor_of,
    )
    from leadcli.domain.data.duplicates.scan import CacheOptions
    from leadcli.domain.data.export import ExportRequest, export_database, export_table, parse_parts
    from leadcli.domain.data.import_.importing import ImportRequest, import_files
    from leadcli.domain.data.import_.importing import template as import_template
    from leadcli.domain.data.import_.options import ImportOptions
    from leadcli.domain.data.inbox import check_sources as check_mail_sources
    from leadcli.domain.data.inbox import take_imap_mail, take_mail
    from leadcli.domain.data.web_forms import LARGEST_BODY as LARGEST_FORM
    from leadcli.domain.data.web_forms import FormRequest, take_form
    from leadcli.domain.insight.history import (
        HistoryRequest,
        list_operation_changes,
        list_operations,
        list_record_changes,
        list_record_operations,
        undoable_operations,
    )
    from leadcli.domain.insight.reports import (
        REPORTS,
        ReportRequest,
        delete_report,
        explain_report,
        list_reports,
        save_report,
    )
    from leadcli.domain.insight.reports import run as run_report
    from leadcli.domain.insight.score import ScoreRequest, refresh_scores, score_leads
    from leadcli.domain.leads.card import record_cards
    from leadcli.domain.leads.create import CreateOptions, complete_lead, create_lead, resolve_field_names
    from leadcli.domain.leads.delete import delete_records, erase_records
    from leadcli.domain.leads.edit import EditRequest, describe_edit, edit_records, no_match_note, preview_edit
    from leadcli.domain.leads.edit_form import (
        changed_values,
        form_texts,
        place_error,
        read_form,
        read_json_lead,
        typed_texts,
        typed_values,
        write_form,
    )
    from leadcli.domain.leads.lists import (
        ListRequest,
        count_matches,
        explain_query,
        field_names,
        list_table,
        parse_query,
        resolve_column_names,
        row_limit,
    )
    from leadcli.domain.leads.names import NameMatches, describe_lead, match_name, named_target, several_named
    from leadcli.domain.leads.record_values import Typed, parse_values
    from leadcli.domain.leads.saved_views import (
        delete_view,
        parse_with_views,
        rename_view,
        save_view,
        view_table,
        view_texts,
    )
    from leadcli.domain.leads.targets import Target, ids_in_words, resolve_one, resolve_target
    from leadcli.domain.pipeline.board import CARDS as BOARD_CARDS
    from leadcli.domain.pipeline.board import BoardRequest, build_board, explain_board, move_card
    from leadcli.domain.pipeline.convert import ConvertRequest, convert_leads, has_no_contact_data
    from leadcli.domain.pipeline.customer_file import check_suffix, customer_file
    from leadcli.domain.pipeline.moves import MoveRequest, lose_leads, lost_status, move_leads, pipeline_table
    from leadcli.domain.pipeline.next_calls import LIMIT as NEXT_LIMIT
    from leadcli.domain.pipeline.next_calls import (
        SNOOZABLE,
        NextRequest,
        explain_next,
        next_table,
        read_snooze,
        snooze_records,
    )
    from leadcli.domain.pipeline.next_calls import column_names as next_column_names
    from leadcli.domain.pipeline.rules import find_status, is_reason_required, lost_reasons, status_state, statuses_of
    from leadcli.domain.upkeep.choice_lists import ChoiceChange
    from leadcli.domain.upkeep.custom_fields import TYPES as FIELD_TYPES
    from leadcli.domain.upkeep.custom_fields import (
        FieldChange,
        add_field,
        edit_field,
        field_choices,
        field_table,
        remove_field,
    )
    from leadcli.domain.upkeep.doctor import (
        DoctorReport,
        DoctorRequest,
        damage_report,
        drop_triggers,
        examine_desk,
        strange_report,
    )
    from leadcli.domain.upkeep.new_desk import (
        create_desk,
        describe_loss,
        desk_in_memory,
        find_preset,
        replace_desk,
        vocabulary_filler,
    )
    from leadcli.domain.upkeep.rates import import_rates, rate_table, remove_rates, set_rate
    from leadcli.domain.upkeep.rates import set_base as set_base_currency
    from leadcli.domain.upkeep.recovery import adopt_file, backup_desk, backup_series, redo_operation, undo_operation
    from leadcli.domain.work.activities import KINDS as ACTIVITY_KINDS
    from leadcli.domain.work.activities import (
        LogEntry,
        TaskValues,
        TimelineRequest,
        delete_activities,
        edit_activities,
        explain_timeline,
        find_by_number,
        log_activity,
        parse_entry,
        timeline_table,
    )
    from leadcli.domain.work.attachments import attach_files, attachment_table, remove_attachments, save_attachments
    from leadcli.domain.work.automation.actions import Actions, Rule
    from leadcli.domain.work.automation.enrollment import (
        due_table,
        pause_sequence,
        resume_sequence,
        start_preview,
        start_sequence,
        stop_sequence,
    )
    from leadcli.domain.work.automation.rules import (
        RULE_EVENTS,
        add_rule,
        all_rules,
        allow_rules,
        remove_rules,
        rule_card,
        rule_table,
        switch_rules,
        test_rule,
    )
    from leadcli.domain.work.automation.sequences import (
        SequenceText,
        add_sequence,
        all_sequences,
        allow_sequences,
        edit_sequence,
        remove_sequences,
        sequence_card,
        sequence_table,
    )
    from leadcli.domain.work.automation.triggers import run_automation, run_timed_rules
    from leadcli.domain.work.calendar import tasks_to_ics, write_calendar_folder
    from leadcli.domain.work.mail.lead_mail import (
        MailBatch,
        MailOptions,
        count_words,
        mail_messages,
        prepare_mail,
        preview_mail,
        send_mail,
        skipped_text,
        write_drafts,
    )
    from leadcli.domain.work.mail.message import Attachment
    from leadcli.domain.work.mail.report_mail import ReportMail, compose_messages, join_messages, send_messages
    from leadcli.domain.work.mail.templates import (
        Template,
        add_template,
        edit_template,
        find_template,
        remove_template,
        template_card,
        template_table,
        template_text,
    )
    from leadcli.domain.work.mail.transport import choose_transport, exposed_settings_warning, resendable_states
    from leadcli.domain.work.tasks import (
        TaskRequest,
        TaskTarget,
        add_task,
        edit_tasks,
        explain_tasks,
        find_tasks,
        finish_tasks,
        preview_tasks,
        remove_tasks,
        reopen_tasks,
        resolve_tasks,
        split_due,
        task_table,
    )
