"""Words that stand beside telephone numbers in lists: extensions, kinds of number, "or" between two of them."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What is dialled after the number, in the languages of the lists people keep; `.` may follow each.
EXTENSIONS = _words(
    """
    x ext extn xtn extension app apparat dw durchwahl durchw nst nebenstelle kl klappe klapka linka poste post int
    interno interne interna interní interior anexo ramal extensión extensao extensão wew wewn wewnętrzny toestel tst
    ankn anknytning lokal lok lokalnummer alanumero mellék dahili εσωτ εσωτερικό доб добавочный вн внутр внутренний дод
    внутрішній вътр вътрешен 分机 內線 内線 내선
    """
)

# Kinds of number: a label as it stands.
LABELS = _words(
    """
    privat private priv home personal zuhause mobil mobile mob handy cell cellular cellphone work office büro buero
    business geschäftlich geschaeftlich dienstlich firma zentrale main direct direkt switchboard reception empfang fax
    telefax natel gsm portable portatif móvil movil celular oficina casa trabajo cellulare ufficio telemóvel telemovel
    escritório domicile bureau travail fixe mobiel thuis werk kantoor komórka komórkowy kom domowy dom służbowy praca
    biuro mobilní práce domů domov práca kancelária mobiltelefon arbete hem arbejde hjem arbeid koti työ matkapuhelin
    cep ev iş моб мобильный мобильная дом домашний раб рабочий офис дома
    """
)

# What says that a number follows, and nothing about it.
NUMBER_WORDS = _words(
    """
    tel tél teléfono telefono telefon telefone téléphone telephone phone ph fon t p m no nr number nummer numéro ruf
    rufnummer telefonnummer phonenumber call teléf telef puh puhelin tlf τηλ тел телефон
    """
)

# Between two numbers of one cell.
BETWEEN = _words(
    """
    o or od oder und u and bzw resp sowie y e ou et en of och eller og tai ja i lub oraz a nebo alebo či és vagy ve veya
    și si sau ili и или або та
    """
)
