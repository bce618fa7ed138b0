"""French: its words, and the forms that only French has."""

from __future__ import annotations

from curation.hashtags.lexicon import Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, joined

_UNITS = counted(
    "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dixsept dixhuit dixneuf"
)
_TENS = counted("vingt trente quarante cinquante soixante septante", 20, 10) | {
    "quatrevingt": 80, "quatrevingts": 80, "huitante": 80, "octante": 80, "nonante": 90,
}  # fmt: skip
_SOME = {word: value for word, value in _UNITS.items() if value < 10}
_TEENS = {word: value for word, value in _UNITS.items() if value > 9}
_BELOW = (
    _UNITS
    | _TENS
    | joined(_TENS, _SOME, ("",))
    | joined(_TENS, {"un": 1, "une": 1}, ("et",))
    | {"soixantedix": 70, "soixanteetonze": 71, "quatrevingtdix": 90}
    | joined({"soixante": 60, "quatrevingt": 80}, _TEENS, limit=19)
)

CARDINALS = _BELOW | {"cent": 100} | joined({"cent": 100}, _BELOW, limit=20)


def _nth(word: str) -> str:
    """Return the ordinal of a cardinal, without its accent."""
    stem = word[:-1] if word.endswith("e") else word
    stem = stem[:-1] + "v" if word.endswith("neuf") else stem
    stem = stem[:-1] if word.endswith("quatrevingts") else stem
    return f"{stem}uieme" if word.endswith("cinq") else f"{stem}ieme"


ORDINALS = {"premier": 1, "premiere": 1, "second": 2, "seconde": 2} | {
    _nth(word): value for word, value in CARDINALS.items() if word not in ("un", "une")
}

_KIN = (
    "maman papa mere pere mamie papi papy mami fils fille soeur frere filleul filleule neveu niece "
    "mari femme epoux epouse cheri cherie petitfils petitefille tante oncle cousin cousine "
    "grandmere grandpere amie copine jumeaux jumelles tonton tata frangin frangine"
)
_CHILD = (
    "bebe bebes garcon petitgarcon enfant gars princesse prince bout loulou louloute poupee "
    "puce petitepuce poupon babyboy babygirl bambin petitmec jeunefille"
)

WORDS = {
    "years": "ans annees balais piges",
    "year": "an annee",
    "age_unit": "printemps bougies ansdage ansdejeunesse toursdesoleil automnes",
    "months": "mois",
    "weeks": "semaine semaines",
    "days": "jour jours",
    "old": "dage revolus dejeunesse",
    "life": "devie deviesurterre surterre dexistence",
    "ordinal": "e er ere eme ieme em",
    "birthday": (
        "anniversaire anniv anniversaires birthday bday joyeuxanniversaire "
        "bonanniversaire bonanniv anniversairesurprise annivsurprise"
    ),
    "monthday": "moisversaire mesiversaire moisiversaire mensiversaire",
    "happy": "joyeux bon joyeuses happy felicitations onfete jefete bienvenue hello bonjour",
    "turn": "fete fetons fetes fetant feteses fetemes jepasse passe soufflet souffle souffleses "
    "jesouffle souffles",
    "is": "jai ila ellea ona tuas jaieu aeu vientdavoir jaidesormais jeviensdavoir a "
    "vientdefeter tas jaideja jaienfin jaimaintenant",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "mon ma notre ton ta son sa monptit monpetit mapetite mongrand magrande",
    "my_years": "mes ses tes pourmes nos",
    "at": "avec",
    "praise": (
        "fabuleuse fabuleux magnifique magnifiques epanouie belle heureuse heureux sexy canon "
        "superbe rayonnante fiere radieuse printaniere epanoui bellesannees"
    ),
    "party": "party celebration soiree gateau boum",
    "today": "aujourdhui cejour",
    "now": "enfin deja maintenant tout juste toutjuste majeur majeure ",
    "age": "age alagede alage",
    "number_sign": "numero no",
    "of": "de des du le les la l d et en pour au un",
    "half": "etdemi etdemie",
    "veto_before": (
        "presque plusde moinsde moins plus avant depuis ilya environ bientot jusqua vers "
        "dans danstout numeroute route chapitre top groupe "
    ),
    "veto_after": (
        "plus etplus km kilos minutes heures euros pourcent degres siecle points buts pages "
        "etquelques etdespoussieres raisons choses"
    ),
    "veto_beside": (
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
    ),
    "range": "ou ",
    "veto": (
        f"{LANDS} {BODIES} "
        "anniversairedemariage mariage mariages maries mariee marie noces ensemble damour amour "
        "couple relation fiancailles damitie amitie amities pacs rencontre amoureux plustard apres "
        "auparavant travail boulot metier carriere service experience entreprise boite societe "
        "anciennete sobre sobriete abstinence sansalcool sanstabac sansfumer sanscigarette sevrage "
        "challenge defi grossesse enceinte damenorrhee bebearrive deces mort disparu "
        "disparition memoire hommage souvenir auciel paradis deuil sanstoi chien chienne chiens "
        "chiot chiots chat chats chatte chaton chatons animal toutou minou cheval poney jument "
        "lapin perroquet maison batiment eglise whisky vin rhum cognac bouteille voiture auto moto "
        "marque magasin boutique ecole lycee promo promotion club ville village pays "
        "independance republique revolution constitution guerre paix armistice histoire fondation "
        "creation existence demusique radio emission saison bicentenaire ecart "
        "difference regime garantie pret prison film chanson album disque champion ligue "
        "equipe football retraite maternite vegan etudes "
        "retrouvailles bachelier bac blog dexperience dehistoire debutant saintsylvestre nouvelan "
        "bonneannee quarantaine"
    ),
}

RULES = (
    Rule("turning", "turn (of | now | whose | my_years)* count (years | age_unit | today | end)",
         0.85, low=2),
    Rule("has-years", "is (of | now | today)* count half? (years | age_unit)", 0.9),
    Rule("happy-years", "start happy (of | whose | my_years)* count (years | age_unit)"
         " (unknown | kin | child | whose | end)", 0.75),
    Rule("years-kin", "start (of)* count (years | months) (of | whose)+ (kin | child)", 0.75),
    Rule("whose-years", "(my_years | whose) (of | whose)* count (years | age_unit)", 0.8),
    Rule("birthday-number", "birthday (of)* count (years | end)", 0.6, low=10),
    Rule("years-now", "start (of)* count years (now | today) end", 0.7),
    Rule("years-now", "start (now | today) of* count years end", 0.6),
    Rule("first-years", "start (whose | my_years) nth (years | months) end", 0.6),
    Rule("whose-ordinal", "start whose (digits ordinal | nth) (years | birthday)", 0.7),
    Rule("years", "start (of | whose)* count half? years half? (praise | end)", 0.5),
)  # fmt: skip

IDIOMS = (
    Idiom("first-candle", "premierebougie 1erebougie", 1, 0.8),
    Idiom("year-and-half", "anetdemi unanetdemi", 1.5, 0.75),
    Idiom("half-year", "demian demianniversaire", 0.5, 0.65),
    Idiom("of-age", "majeur majeure enfinmajeure enfinmajeur majorite", 18, 0.6,
          "start (now | is | turn | today | of | kin)+ idiom (end | today)"),
    Idiom("of-age", "enfinmajeur enfinmajeure", 18, 0.7, "start idiom (today | end)"),
    Idiom("fifty", "demisiecle undemisiecle", 50, 0.65, "start (of | now | turn | is)* idiom (life | end)"),
    Idiom("thirty", "trentenaire", 30, 0.5, "start (now | is) idiom end"),
)  # fmt: skip

LEXICON = Lexicon(
    language="fr",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    letters="éèêœû",
    foreign="ñãõ",
    without=frozenset({"is-number", "kin-is-number"}),
    gendered=Gendered(
        female=(
            "fille petitefille soeur niece femme epouse maman mere mamie grandmere "
            "tante princesse reine filleule cherie amie copine fillette tata"
        ),
        male=(
            "garcon fils petitfils frere neveu mari epoux papa pere papy papi "
            "grandpere oncle prince roi filleul cheri ami copain tonton"
        ),
        its="cestune cestun ceseraune ceseraun",
    ),
)
