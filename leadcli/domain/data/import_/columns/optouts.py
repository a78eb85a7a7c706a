"""Columns that say whether a person may be contacted: known by the words of their heading, read by the words of a cell.

Two kinds of heading. A refusal (`Do Not Email`, `Unsubscribed On`, `Werbesperre`) sets do_not_contact when a cell
says yes or has a date. A consent (`Accepts Email Marketing`, `Newsletter`) sets it when a cell says no; its yes says
nothing, since somebody may have opted out elsewhere. Headings are compared word by word
in folded letters, never by likeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from leadcli.text.match_keys import fold_text

FIELD = "do_not_contact"
REFUSAL, CONSENT = "refusal", "consent"
YES, NO = "yes", "no"
LONGEST = 120  # characters of a heading or a cell that are looked at


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CHANNEL = (
    "contact|email|mail|call|phone|telephone|text|sms|fax|market|solicit|disturb|newsletter|whatsapp|message|spam|"
    "advertis|telemarket"
)
_BEFORE_CHANNEL = (
    "allow|send|receive|want|accept|use|be|to|any|all|bulk|mass|direct|marketing|further|more|me|us|this|them|"
    "unsolicited"
)
_NAMED_CHANNEL = (
    "email|mail|mailing|sms|text|phone|telephone|call|contact|communication|newsletter|marketing|advertising"
)
_REFUSALS = {
    "en": (
        rf"(?:do ?not|don ?t|never|must not|not to|may not) ?(?:(?:{_BEFORE_CHANNEL}) ?)*"
        rf"(?:{_CHANNEL})(?:s|es|ed|ing|ings|able)?",
        r"unsub(?:s|bed|scribed?|scribes|scription)?",
        r"opt(?:ed|s|ing)? ?outs?",
        r"(?:black|block) ?list(?:ed)?",
        r"suppress(?:ed|ion|ions)?",
        r"dnc|dnm|dne|dnd",
        rf"(?:exclude|excluded|remove|removed) from (?:all )?(?:{_NAMED_CHANNEL}|campaign)s?",
        r"consent (?:withdrawn|revoked|denied|refused)|(?:withdrawn|revoked|denied|refused|no) consent",
        r"not subscribed|not contactable",
    ),
    "de": (
        r"nicht (?:mehr )?(?:kontaktier|anruf|anschreib|mail|anmail|bewerb)\w*",
        r"keine?n? (?:kontakt\w*|werbung|werbe\w+|emails?|mails?|mailings?|newsletter|anrufe?|post)",
        r"abgemeldet|abmeldung|abmeldedatum|abbestellt|ausgetragen|(?:newsletter|email)abmeldung",
        r"(?:werbe|kontakt|mail|email|anruf|telefon|newsletter|marketing|mailing) ?sperre",
        r"(?:werbe)?widerspruch|widersprochen|einwilligung widerrufen|widerruf der einwilligung|robinson ?liste",
    ),
    "fr": (
        r"ne (?:pas|plus) (?:\w+ )?(?:contacter|appeler|envoyer|demarcher|solliciter|relancer)",
        r"desabonne(?:e|s|ment)?|desinscrit(?:e|s)?|desinscription|liste noire|bloctel",
        r"refus (?:de )?(?:contact|marketing)",
        r"opposition (?:au |a la )?(?:marketing|prospection|demarchage|contact)",
    ),
    "es": (
        r"no (?:contactar|llamar|enviar|molestar|mandar)",
        r"(?:dad[oa]|fecha) de baja|baja (?:de |del )?(?:newsletter|boletin|email|correo)|lista (?:negra|robinson)",
    ),
    "it": (
        r"non (?:contattare|chiamare|inviare|disturbare)",
        r"disiscritt[oa]|disiscrizione|cancellat[oa] dalla newsletter|lista nera",
    ),
    "pt": (
        r"nao (?:contatar|contactar|contate|ligar|enviar|perturbe|perturbar|incomodar)",
        r"descadastrad[oa]|descadastro|desinscrit[oa]|(?:inscricao|subscricao) cancelada",
    ),
    "nl": (
        r"niet (?:meer )?(?:contacteren|bellen|mailen|emailen|benaderen)",
        r"geen (?:contact|emails?|mails?|reclame|nieuwsbrief)",
        r"uitgeschreven|afgemeld|zwarte lijst|bel me niet",
    ),
    "pl": (
        r"nie (?:kontaktowac|dzwonic|wysylac|kontaktuj)|brak zgody",
        r"wypisan[yaoe]|wypisano|wyrejestrowan[yaoe]|sprzeciw|rezygnacja z newslettera|czarna lista",
    ),
    "sk": (r"nekontaktovat|nevolat|neposielat|nemailovat|odhlasen[yae]|odhlasenie|cierna listina",),
    "cs": (r"neposilat|nezasilat|odhlasen[oai]?|cerna listina",),
    "nordic": (r"kontakta (?:inte|ej)|(?:ma )?ikke kontaktes|avregistrerad|avmeldt|afmeldt",),
}
_CONSENTS = {
    "en": (
        rf"accept(?:s|ed|ing)? (?:to receive )?(?:(?:all|any|email|sms|text|phone|direct|bulk) )*"
        rf"(?:{_NAMED_CHANNEL})s?",
        r"subscribed",
        r"opt(?:ed|s|ing)? ?ins?",
        rf"(?:{_NAMED_CHANNEL}|gdpr|dsgvo|rgpd)s? (?:consent|permission|permitted|allowed|agreed)s?",
        rf"(?:consent|permission|agree|agrees|agreed|ok|okay|allowed) (?:to|for) (?:be |receive |get )?"
        rf"(?:{_NAMED_CHANNEL})(?:s|ed)?",
        r"(?:can|may) (?:we )?(?:be )?(?:contact|email|mail|call|phone)(?:ed)?",
        rf"allows? (?:bulk )?(?:{_NAMED_CHANNEL})s?",
        r"(?:receives?|wants?|send) (?:our |the )?(?:newsletters?|marketing|promotions?|(?:marketing )?emails)",
        r"newsletter (?:subscriber|subscription|sign ?up|consent|ok|yes no|opt in)",
        r"^consent(?: given)?$|^(?:has )?given consent$|^(?:email )?contactable$|^e?mailable$|^email marketing$",
    ),
    "de": (
        r"(?:werbe|marketing|newsletter|kontakt|email|mailing|dsgvo) ?"
        r"(?:einwilligung|einverstandnis|zustimmung|erlaubnis)",
        r"(?:einwilligung|einverstandnis|zustimmung) (?:zu |zur |fur |in )?"
        r"(?:werbung|marketing|newsletter|kontakt\w*|email\w*)",
        r"(?:werbung|kontakt\w*|newsletter|marketing|emails?) (?:erlaubt|gestattet|erwunscht|abonniert|ja nein)",
        r"darf kontaktiert werden|newsletter ?(?:abonnent|abo|empfanger)|^einwilligung$|^newsletter anmeldung$",
    ),
    "fr": (
        r"accepte (?:de recevoir )?(?:la |les |le |des )?"
        r"(?:newsletters?|emails?|marketing|communications?|publicites?)",
        r"consentement(?: (?:marketing|email|rgpd|newsletter|contact))?|abonnee?(?: a)?(?: la)? newsletter|^abonnee?$",
        r"inscrite? (?:a )?(?:la )?newsletter",
    ),
    "es": (
        r"acepta (?:recibir )?(?:el |la |los )?"
        r"(?:marketing|publicidad|correos?|emails?|newsletter|boletin|comunicaciones)",
        r"consentimiento(?: (?:de )?(?:marketing|email|contacto|rgpd))?",
        r"^suscrit[oa](?: (?:al|a la) (?:boletin|newsletter))?$",
    ),
    "it": (
        r"accetta (?:il |la |le )?(?:marketing|newsletter|email|comunicazioni)",
        r"consenso(?: (?:al |alla )?(?:marketing|newsletter|email|contatto|gdpr))?|^iscritt[oa](?: alla newsletter)?$",
    ),
    "pt": (
        r"aceita (?:receber )?(?:marketing|emails?|newsletter|comunicacoes|contato)",
        r"consentimento(?: (?:de )?(?:marketing|email|contato|lgpd))?|^inscrit[oa](?: na newsletter)?$",
    ),
    "nl": (r"toestemming(?: (?:voor )?(?:marketing|email|contact|nieuwsbrief))?|aangemeld voor (?:de )?nieuwsbrief",),
    "pl": (r"zgoda(?: (?:na )?(?:marketing\w*|email\w*|newsletter|kontakt|rodo|komunikacj\w*))?",),
    "sk": (r"(?:marketingovy )?suhlas(?: (?:s |so |na )?(?:marketing\w*|email\w*|newsletter\w*|kontakt\w*|gdpr))?",),
    "cs": (r"(?:marketingovy )?souhlas(?: (?:s |se |na )?(?:marketing\w*|email\w*|newsletter\w*|kontakt\w*|gdpr))?",),
}
# Headings that may as well name something else: they count only with cells that speak of contact.
_DOUBTFUL_REFUSAL = (
    r"no ?(?:(?:bulk|mass|marketing|more|further|direct|promotional|commercial|phone) ?)*"
    r"(?:emails?|mails?|mailings?|calls?|contact|sms|texts?|marketing|newsletters?|spam|solicitation|phone)|baja|oposicion"
)
_DOUBTFUL_CONSENT = (
    r"newsletters?|nieuwsbrief|boletin|gdpr|dsgvo|rgpd|rodo|lgpd|(?:is )?subscriber|marketing emails?|odber (?:novinek|"
    r"newsletter\w*)|suscrit[oa]|iscritt[oa]|inscrit[oae]"
)
_STATUS = re.compile(
    r"(?=.*(?:email|marketing|newsletter|mailing|subscri|opt ?in|opt ?out|consent|gdpr|sms|abonn|suscri|iscrizion))"
    r"(?:.* )?(?:status|statut)(?: .*)?|opt ?in (?:or )?(?:opt )?out|newsletterstatus|emailstatus|"
    r"(?=.*(?:subscri|consent|opt ?in|opt ?out|suscri|iscrizion))(?:.* )?(?:state|estado|stato)(?: .*)?"
)
# What stands last in a heading about something else: where to unsubscribe, why, by which campaign; a plan one pays for.
_OTHER_THINGS = _words(
    """link links url urls uri token page reason reasons mode method source code id ids uuid key hash count counts
    number rate title campaign ip form comment comments by percent percentage score template subject history name plan
    product package tier lists grund motif motivo other level category"""
)
_OTHER_WORDS = _words("link url token reason grund motif motivo before after until cookie photo")
_TIMES = _words(
    """at on date time since datetime timestamp am datum zeit seit le depuis desde el fecha data dal dne dnia od op
    sinds confirmed updated created changed modified"""
)
_EMAIL_WORDS = frozenset(("email", "emails", "bulk", "unsubscribed", "unsubscribe", "unsub"))
_MINOR_WORDS = frozenset(("sms", "text", "texts", "fax", "faxes", "whatsapp", "post", "postal", "letter", "letters"))
_POSTAL_WORDS = frozenset(("mail", "mails"))
_MAJOR_WORDS = frozenset(("email", "emails", "call", "calls", "phone", "contact", "bulk", "all", "any"))

_YES_WORDS = _words(
    """1 1.0 yes y true t on x checked ja j wahr oui vrai si sim s verdadero verdadeiro vero waar tak prawda ano pravda
    ✓ ✔ ☑ ✅"""
)
_NO_WORDS = _words(
    """0 0.0 no n false f off unchecked nein falsch non faux nao falso nee onwaar nie falsz ne nepravda ☐ ✗ ✘
    ❌"""
)
_BLANKS = frozenset(("", "-", "--", "–", "—", "n/a", "na", "null", "none", "nil", "undefined", "unknown", "[]", "{}"))
_OUT_WORDS = (
    r"declined|refused|rejected|denied|withdrawn|revoked|complained|spam complaint|non ?subscribed|never subscribed|"
    r"gesperrt|widerrufen|nicht abonniert|baja|blocked"
)
_IN_WORDS = (
    r"active|confirmed|allowed|granted|accepted|given|angemeldet|abonniert|erlaubt|abonnee?|inscrite?|suscrit[oa]|"
    r"iscritt[oa]|inscrit[oa]|ingeschreven|aangemeld|zapisan[yae]|prihlasen[yae]?"
)
_NO_DATE = re.compile(r"0{4}-0{2}-0{2}.*|0{2}[./]0{2}[./]0{4}.*")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez)[a-z]*\.?"
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.]\d{1,2}(?:\D.*)?|"
    r"\d{1,2}[-/. ]+\d{1,2}[-/. ]+(?:(?:19|20)\d\d|\d\d)(?:[ ,t].*)?|"
    rf"(?:[a-z]{{2,9}},? )?(?:\d{{1,2}}\.?[- ]{_MONTH}|{_MONTH}[- ]\d{{1,2}}(?:st|nd|rd|th)?),?[- ]"
    r"(?:19|20)\d\d(?:\D.*)?|"
    r"[12]\d{9}(?:\d{3})?"
)


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:(?<!\w)(?:{pattern})(?!\w))" for pattern in patterns))


_REFUSAL_WORDS = _any_of(pattern for listed in _REFUSALS.values() for pattern in listed)
_CONSENT_WORDS = _any_of(pattern for listed in _CONSENTS.values() for pattern in listed)
_DOUBTFUL = {REFUSAL: re.compile(_DOUBTFUL_REFUSAL), CONSENT: re.compile(_DOUBTFUL_CONSENT)}
_VALUES = {YES: re.compile(_OUT_WORDS), NO: re.compile(_IN_WORDS)}


def kind_of(words: Sequence[str]) -> str:
    """What a heading of these folded words says: REFUSAL, CONSENT, or '' for anything else."""
    text = " ".join(words)
    if not words or len(text) > LONGEST or "bounce" in text:
        return ""
    other = words[-1] in _OTHER_THINGS or not _OTHER_WORDS.isdisjoint(words)
    if other and not text.startswith("opted out of email"):
        return ""
    if _REFUSAL_WORDS.search(text) and not re.fullmatch(r"opt ?in (?:or )?(?:opt )?out", text):
        return REFUSAL
    if _DOUBTFUL[REFUSAL].fullmatch(text):
        return REFUSAL
    if not _TIMES.isdisjoint(words):
        return ""
    known = _CONSENT_WORDS.search(text) or _DOUBTFUL[CONSENT].fullmatch(text) or _STATUS.fullmatch(text)
    return CONSENT if known else ""


def is_borne_out(words: Sequence[str], cells: Iterable[str]) -> bool:
    """Whether these cells fit a heading `kind_of` knows: only headings that may mean something else depend on them.

    A status (`Email Status`) must have a cell such as Unsubscribed or Opted in: Verified or past due are other things.
    """
    text, kind = " ".join(words), kind_of(words)
    if _STATUS.fullmatch(text):
        return any(_state(_bare(cell)) for cell in cells if _bare(cell) != "active")
    if not _DOUBTFUL[kind].fullmatch(text):
        return True
    filled = [cell for cell in cells if _bare(cell) not in _BLANKS]
    return not filled or any(read_answer(cell, kind) is not None for cell in filled)


def is_minor(words: Sequence[str], others: Iterable[Sequence[str]]) -> bool:
    """Whether a column is about a channel the desk has none of (SMS, letters) while `others` speak of mail or calls.

    `Do Not Mail` beside `Do Not Email` is about letters; alone it is about e-mail.
    """
    names, rest = set(words), [set(each) for each in others]
    if not names.isdisjoint(_MAJOR_WORDS):
        return False
    if not names.isdisjoint(_MINOR_WORDS):
        return any(each.isdisjoint(_MINOR_WORDS) for each in rest)
    return not names.isdisjoint(_POSTAL_WORDS) and any(not each.isdisjoint(_EMAIL_WORDS) for each in rest)


def read_answer(cell: str, kind: str = REFUSAL) -> str | None:
    """YES: must not be contacted, NO: may be contacted, '': the cell says nothing, None: it is not understood."""
    return _read_answer(cell, kind) if len(cell) <= LONGEST else None


@lru_cache(maxsize=4096)
def _read_answer(cell: str, kind: str) -> str | None:
    text = _bare(cell)
    if text in _BLANKS or _NO_DATE.fullmatch(text):
        return ""
    refuses = kind == REFUSAL
    if text in _YES_WORDS or _DATE.fullmatch(text):
        return YES if refuses else ""
    if text in _NO_WORDS:
        return NO if refuses else YES
    state = _state(text)
    if not state:
        return None
    return YES if state == YES else NO if refuses else ""


def consent_text(cell: str) -> str:
    """A consent's cell as do_not_contact has it: yes for its no, '' for its yes, else as it is, not understood."""
    answer = read_answer(cell, CONSENT)
    return cell if answer is None else answer


def strictest(cells: Iterable[tuple[str, str]]) -> str:
    """Of what several columns (kind, cell) say about one person: an opt-out, else what is not understood, else a no."""
    spoken = [(read_answer(cell, kind), cell if kind == REFUSAL else consent_text(cell)) for kind, cell in cells]
    for rank in (YES, None, NO):
        for answer, text in spoken:
            if answer == rank:
                return text
    return ""


def parse_flag(text: str) -> int | None:
    """The stored value of a cell; None for one that says nothing. ValueError for one that is not understood."""
    answer = read_answer(text)
    if answer is None:
        raise ValueError("is neither yes nor no nor a date; not taken as an opt-out")
    return {YES: 1, NO: 0}.get(answer)


def _state(text: str) -> str:
    """YES for a status such as `Opted out`, NO for `Subscribed`, '' for any other text."""
    words = " ".join(re.findall(r"[^\W_]+", text.replace("e-mail", "email")))
    if _VALUES[YES].fullmatch(words) or _REFUSAL_WORDS.fullmatch(words):
        return YES
    return NO if _VALUES[NO].fullmatch(words) or _CONSENT_WORDS.fullmatch(words) or _is_opt_in(words) else ""


def _is_opt_in(words: str) -> bool:
    return re.fullmatch(r"(?:single |double |confirmed )opt ?in", words) is not None


def _bare(cell: str) -> str:
    return fold_text(cell.strip().strip("'\"").strip())
