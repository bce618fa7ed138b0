"""Italian: its words, and the forms that only Italian has."""

from __future__ import annotations

from curation.hashtags.lexicon import Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, inflected, joined

_UNITS = counted(
    "uno/un/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici "
    "quindici sedici diciassette diciotto diciannove"
)
_TENS = counted("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", 20, 10)
_BELOW = (
    _UNITS
    | _TENS
    | joined(_TENS, _UNITS)
    # the vowel before uno and otto falls: ventuno, trentotto; and before anni too: trentun
    | joined({ten[:-1]: value for ten, value in _TENS.items()}, {"uno": 1, "un": 1, "otto": 8})
)

# before anni the last vowel may fall: vent'anni
_ELIDED = {word[:-1]: value for word, value in _TENS.items()}
CARDINALS = (
    _BELOW | _ELIDED | {"cento": 100} | joined({"cento": 100}, _BELOW, limit=20) | {"centotto": 108}
)
_FIRST = counted("prim second terz quart quint sest settim ottav non decim")
_REST = {
    f"{word[:-1]}esim": value
    for word, value in CARDINALS.items()
    if value > 10 and word[-1] in "eio"
} | {f"{word}esim": value for word, value in CARDINALS.items() if value > 20 and word[-1] in "ei"}
_HUNDREDTH = {"ventesim": 20, "trentesim": 30, "quarantesim": 40, "cinquantesim": 50,
              "sessantesim": 60, "settantesim": 70, "ottantesim": 80, "novantesim": 90,
              "centesim": 100}  # fmt: skip
ORDINALS = inflected(_FIRST | _REST | _HUNDREDTH, "o a")

_KIN = (
    "figlio figlia mamma papa babbo nonno nonna fratello sorella fratellino sorellina nipote "
    "nipotino nipotina marito moglie zio zia cugino cugina amico amica fidanzato "
    "fidanzata gemelli suocera madre padre"
)
_CHILD = (
    "bimbo bimba bambino bambina bimbi bebe principessa principe piccolo piccola ragazzo ragazza "
    "neonato neonata babyboy babygirl uomo donna cuccioletta"
)

WORDS = {
    "years": "anni annetti annini annucci",
    "year": "anno annetto annino",
    "age_unit": "primavere candeline giriintornoalsole giriattornoalsole estati giridisole "
    "giroattornoalsole",
    "months": "mese mesi mesetti mesini",
    "weeks": "settimana settimane",
    "days": "giorno giorni giornini",
    "old": "dieta deta compiuti appenacompiuti suonati portatibene",
    "life": "divita vissuti dellamiavita dellasuavita ",
    "ordinal": "o esimo esima simo",
    "birthday": (
        "compleanno compleanni birthday bday buoncompleanno compleannofelice festadicompleanno "
        "genetliaco compleannomio compli complea"
    ),
    "monthday": "complimese mesiversario mesiversari meseversario complemese compimese complimesi",
    "happy": "felice felici buon auguri happy tantiauguri buoni festeggiamo festeggiando ciao "
    "benvenuti augurissimi",
    "turn": (
        "compio compie compiendo compiamo compi hocompiuto hacompiuto compira "
        "oggicompio oggicompie festeggia festeggio spengo spegne spegniamo compiere compiono "
        "raggiungo traguardodei"
    ),
    "is": "ho ha abbiamo hogia hagia hai hanno ioho",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "mio mia mie suo sua nostro nostra tuo tua ilmio lamia lanostra ilnostro "
    "deimiei dimio dimia delmio dellamia",
    "my_years": "imiei miei isuoi ituoi tuoi suoi peri iprimi imieiprimi nei",
    "at": "con a",
    "praise": (
        "favolosa favoloso favolosi meravigliosa meraviglioso bellissima splendida splendidi "
        "bellissimi felicemente fantastici magnifica orgogliosa stupenda raggiante"
    ),
    "party": "festa party festeggiamenti festona torta festeggiamento",
    "today": "oggi",
    "now": "finalmente gia appena solo ora adesso",
    "age": "eta allaetadi alletadi",
    "number_sign": "numero",
    "of": "di dei del della i gli il lo la e per in ",
    "half": "emezzo emezza",
    "veto_before": (
        "quasi piudi menodi oltre sotto sopra prima fino verso da over under circa piu meno "
        "trapoco aspettando inattesadei capitolo top gruppo strada via "
    ),
    "veto_after": (
        "piu epiu km chili minuti ore euro percento gradi secolo punti gol pagine epassa erotti "
        "motivi cose"
    ),
    "veto_beside": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
        "dicembre"
    ),
    "range": "ai ",
    "veto": (
        f"{LANDS} {BODIES} "
        "anniversario anniversari matrimonio sposati sposata sposato nozze insieme damore "
        "fidanzamento fidanzati amicizia coppia relazione innamorati conte senzate fa dopo "
        "lavoro lavorando lavori servizio esperienza azienda attivita attivitalavorativa impresa "
        "carriera negozio insegnamento sobrio sobria sobrieta senzafumo senzafumare senzaalcol "
        "pulito challenge sfida gravidanza incinta gestazione mammaincinta morte "
        "scomparsa memoria ricordo incielo cielo paradiso lutto cane cani cagnolino cagnolina "
        "cucciolo cuccioli gatto gatta gatti gattino micio cavallo coniglio pappagallo pet casa "
        "palazzo chiesa whisky vino grappa bottiglia macchina auto moto vespa marchio marca "
        "scuola liceo maturita classe leva coscritti club citta paese indipendenza repubblica "
        "costituzione unita guerra pace liberazione storia distoria fondazione fondata dimusica "
        "musica radio puntata stagione centenario bicentenario differenza palestra mutuo "
        "garanzia galera film canzone disco album band campioni mondiali scudetto squadra "
        "calcio juventus inter milan napoli pensione daquando mammada dimaternita esseremamma "
        "vegano vegana capodanno annonuovo buonanno diploma laurea rimpatriata annifa "
    ),
}

RULES = (
    Rule("turning", "turn (of | now | whose | my_years | today)* count half?"
         " (years | months | age_unit | praise | today | end)", 0.9, low=2),
    Rule("birthday-number", "birthday (of | number_sign)* count (years | today | end)", 0.7, low=2),
    Rule("happy-number", "start (happy | today) (of | whose | my_years)* count"
         " (years | age_unit | praise | kin | today | end)", 0.75, low=10),
    Rule("my-years", "start (of | whose)* my_years (of | whose)* count (years | end)", 0.7, low=13),
    Rule("whose-count", "start of* whose count (years | praise | end)", 0.7, low=13),
    Rule("years-kin", "start (of)* count years of* whose+ (kin | child)", 0.75),
    Rule("years-kin", "start (of)* count (years | months) of+ whose? (kin | child) end", 0.7),
    Rule("years-now", "start of* count years (now | today) end", 0.7),
    Rule("years-now", "start (now | today) of* count years end", 0.65),
    Rule("first-years", "start (whose | my_years | of)+ nth (years | months) end", 0.6),
    Rule("turned", "count years turn", 0.85),
    Rule("years", "start (of | whose)* count half? years half? (praise | end)", 0.5),
)  # fmt: skip

IDIOMS = (
    Idiom("year-and-half", "annoemezzo unannoemezzo", 1.5, 0.75),
    Idiom("first-candle", "primacandelina", 1, 0.8),
    Idiom("first-year", "primoannino primoannetto ilmioprimoanno primoannodivita", 1, 0.7),
    Idiom("half-year", "mezzoanno mezzanno mezzocompleanno", 0.5, 0.6,
          "start (of | whose | kin | child | turn | happy)* idiom (kin | of | life | child | end)"),
    Idiom("eighteenth", "diciottesimo mio18esimo diciottesimocompleanno festadei18anni "
          "diciottanni festadei18", 18, 0.75, "start (whose | of | party | happy)* idiom"
          " (birthday | party | kin | whose | end)"),
    Idiom("of-age", "maggiorenne finalmentemaggiorenne neomaggiorenne", 18, 0.6,
          "start (now | today | of | is | turn | kin)* idiom (today | end)"),
    Idiom("fifty", "mezzosecolo mezzosecolodivita", 50, 0.65,
          "start (of | now | turn | is | happy | whose)* idiom (life | birthday | end)"),
)  # fmt: skip

LEXICON = Lexicon(
    language="it",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    letters="ìòù",
    foreign="ñãõçê",
    without=frozenset({"is-number", "kin-is-number"}),
    gendered=Gendered(
        female=(
            "bimba bambina figlia nonna sorella sorellina nipotina moglie mamma zia "
            "cugina principessa regina amica fidanzata femmina femminuccia ragazza"
        ),
        male=(
            "bimbo bambino figlio nonno fratello fratellino nipotino marito papa "
            "babbo zio cugino principe amico fidanzato maschio maschietto ragazzo"
        ),
        female_alone="festeggiata",
        male_alone="festeggiato",
        its="e euna eun sarauna saraun",
    ),
)
