"""German: its words, and the forms that only German has."""

from __future__ import annotations

from curation.hashtags.lexicon import MONTH, WEEK, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, inflected, joined, units_first

_UNITS = counted(
    "eins/ein/eine zwei/zwo drei vier fünf/fuenf sechs sieben acht neun zehn elf zwölf/zwoelf "
    "dreizehn vierzehn fünfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn"
)
_TENS = counted(
    "zwanzig dreißig/dreissig/dreisig vierzig fünfzig/fuenfzig sechzig siebzig achtzig neunzig",
    20,
    10,
)
_ONES = {word: value for word, value in _UNITS.items() if word not in ("eins", "eine")}
_BELOW = _UNITS | _TENS | units_first(_TENS, _ONES, ("und",))
_HUNDREDS = {"hundert": 100, "einhundert": 100}

CARDINALS = _BELOW | _HUNDREDS | joined(_HUNDREDS, _BELOW, ("", "und"), 20)
_NTH_STEMS = {"erst": 1, "dritt": 3, "siebt": 7, "siebent": 7, "acht": 8} | {
    f"{word}t": value for word, value in _UNITS.items() if value not in (1, 3, 7, 8) and value < 20
}
_NTH_TENS = {f"{word}st": value for word, value in CARDINALS.items() if value > 19}
_NTHS = _NTH_STEMS | _NTH_TENS | joined(_HUNDREDS, _NTH_STEMS, ("", "und"), 19)
ORDINALS = inflected(_NTHS, "e er en es em")

_KIN = (
    "mama papa mutter vater mutti vati oma opa omi opi sohn tochter sohnemann bruder schwester "
    "schatz mann frau ehemann ehefrau enkel enkelin neffe nichte tante onkel cousin cousine "
    "patenkind patensohn patentochter freundin freund zwillinge schwiegermutter uroma uropa "
    "töchterchen söhnchen große kleine großer kleiner schwesterherz brüderchen"
)
_CHILD = (
    "junge mädchen maedchen baby kind babys bub prinzessin prinz kleinkind mädel madel dame "
    "babyboy babygirl zwerg maus räuber kindchen säugling "
)

WORDS = {
    "years": "jahre jahren jährchen jahrchen",
    "year": "jahr",
    "jahriges": "jahriges jaehriges",
    "age_unit": (
        "jahrealt jahrejung jahrig jahriger jahrige jahrigen jaehrig jaehriger jaehrige "
        "lenze jahrunddenken sommerjung jahrchenalt jahrejungund "
    ),
    "months": "monat monate monaten",
    "weeks": "woche wochen",
    "days": "tag tage tagen",
    "old": "alt jung",
    "life": "lebensjahre leben lebenszeit aufdieserwelt aufderwelt aufdererde",
    "ordinal": "ter te ten tes ster ste sten stes tem en",
    "birthday": (
        "geburtstag geburtstage geburtstags geburtstagsfeier geburtstagsparty "
        "geburtstagskuchen geburtstagstorte geburtstagsmädchen geburtstagsmaedchen gebi geb "
        "geburtstagsmädel birthday bday gebu wiegenfest ehrentag bürtstag geburi geburtstagsjunge "
        "kindergeburtstag babygeburtstag"
    ),
    "happy": "happy alles gute allesgute allesgutezum herzlichen glückwunsch zum wirfeiern feiern "
    "feiert herzlichenglückwunschzum hallo hello willkommen endlichist",
    "turn": "werde wird werden wirst wurde ichwerde heutewerdeich wirdheute werdeheute "
    "wirwerden erwird siewird wirdendlich werdendlich wirdschon",
    "turned": "geworden voll",
    "is": "bin ichbin istjetzt ist sindjetzt istschon erist sieist bistdu jetztbinich istheute bist",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "mein meine meinen meiner meinem unser unsere unserem unseren dein deine deinen ihr",
    "my_years": "inmeinen",
    "at": "mit",
    "praise": (
        "fabelhaft fabelhafte fabelhaften wunderbar wunderbare fantastisch fantastische großartige großartig sexy stolz glücklich glückliche wilde wild weise fit "
        "knackige flotte stolze tolle zauberhaft wundervolle sweet süße"
    ),
    "party": "party feier fest torte sause feierei fete",
    "today": "heute",
    "now": "endlich jetzt schon nun bereits erst gerade frischgebackene frische ",
    "age": "alter imalter imaltervon",
    "number_sign": "nummer nr",
    "of": "der die das den des dem und auf zu zur von n in im am so",
    "half": "einhalb undeinhalb halb komma5",
    "and_half": "undnhalb",
    "round": "runder rundergeburtstag",
    "lifeyear": "lebensjahr",
    "veto_before": (
        "über ueber ü ue unter u fast knapp bald ab vor nach mehrals wenigerals noch nochnicht "
        "ende mitte anfang top route block abüber gruppe stufe klasse bus linie "
        "kapitel hausnummer "
    ),
    "veto_after": (
        "plus er ern erjahre erjahren mehr undmehr km kilo kg minuten stunden prozent euro "
        "grad uhr punkte tore seiten folgen teile"
    ),
    "veto_beside": (
        "januar februar märz april mai juni juli august september oktober november dezember oder "
        "jänner"
    ),
    "range": "bis",
    "veto": (
        f"{LANDS} {BODIES} "
        "jubiläum jubilaeum hochzeit hochzeitstag verheiratet ehe ehejahre jahrestag zusammen "
        "beziehung verliebt liebe freundschaft freundschaften paar verlobt verlobung später spaeter "
        "danach vorher jahrehochzeit dienst dienstjahre dienstjubiläum betrieb firma "
        "firmenjubiläum unternehmen beruf berufserfahrung erfahrung selbstständig selbständig "
        "arbeit job kollegen ausbildung trocken nüchtern clean rauchfrei alkoholfrei nichtraucher "
        "vegan challenge herausforderung schwanger schwangerschaft ssw schwangerschaftswoche "
        "schwangerschaftswochen todestag tot gestorben verstorben gedenken erinnerung himmel "
        "imhimmel sternenkind trauer vermissen hund hunde hündin hundegeburtstag hundekind welpe "
        "welpen hündchen katze katzen kater kätzchen katzengeburtstag pferd pony wallach stute "
        "haustier hase kaninchen wellensittich dackel labrador mops haus gebäude kirche whisky "
        "whiskey wein rum flasche auto oldtimer motorrad käfer marke laden geschäft schule "
        "abi abitur abitreffen klassentreffen jahrgang verein fußballverein sportverein stadt dorf "
        "land republik mauerfall einheit wiedervereinigung grundgesetz krieg frieden weltkrieg "
        "feuerwehr geschichte gründung radio sendung staffel folge unterschied altersunterschied "
        "diät garantie kredit haft gefängnis film lied platte band meister weltmeister bundesliga "
        "rente ruhestand elternzeit mamasein papasein wandern tour "
        "jugendclub kinderheim tagechallenge bauhaus"
    ),
}

RULES = (
    Rule("turning", "turn (of | now | today | whose | kin)* count", 0.85, low=2),
    Rule("turned", "count years? (old)? (turned | turn)", 0.85),
    Rule("is-number", "is (now | today)* count (years? old)? (today | turned | end)", 0.75, low=2),
    Rule("lifeyear", "(count ordinal? | nth) lifeyear", 0.6),
    Rule("years-old-child", "count jahriges child", 0.85),
    Rule("number-birthday", "unknown digits birthday", 0.8, low=2),
    Rule("months-old", "count months (old | ordinal | age_unit)", 0.9, MONTH, high=48),
    Rule("kin-number", "start whose? kin turn? count (turned | birthday | today)", 0.8),
    Rule("whose-ordinal", "start (whose | of)+ (digits ordinal | nth) (birthday | party | end)",
         0.6, low=16),
    Rule("my-years", "start whose count (years | praise | end)", 0.65, low=16),
    Rule("round-birthday", "count round", 0.7, low=10),
    Rule("birthday-number", "birthday (of | happy)* (digits ordinal | nth | number_sign count)", 0.7,
         low=2),
    Rule("happy-ordinal", "start happy+ (of | whose)* (digits ordinal | nth | count)"
         " (birthday | kin | end)", 0.65, low=13),
    Rule("number-and-praise", "start (is | turn)? count of praise", 0.7, low=16),
    Rule("years-young", "count years (of | praise)* old", 0.9),
    Rule("weeks-old", "count weeks old", 0.95, WEEK, high=104),
)  # fmt: skip

IDIOMS = (
    Idiom("first-year", "einjährig einjährige einjähriger ersterGeburtstag", 1, 0.8),
    Idiom("year-and-half", "anderthalbjahre anderthalb eineinhalbjahre eineinhalb", 1.5, 0.75,
          "(start | is | kin | whose | child) (now | today | of)* idiom (years)? (old | end)"),
    Idiom("half-year", "halbesjahr halbjahr einhalbesjahr halbesjährchen halbjährchen", 0.5, 0.65,
          "start (whose | kin | child | is | now | today | of | turn)* idiom (old | turned | child)"),
    Idiom("half-birthday", "halbgeburtstag halbergeburtstag", 0.5, 0.65),
    Idiom("of-age", "volljährig volljährigkeit endlichvolljährig volljaehrig", 18, 0.7,
          "start (now | today | is | turn | kin | whose | of)* idiom (turned | today | end)"),
    Idiom("fifty", "halbesjahrhundert einhalbesjahrhundert", 50, 0.65,
          "start (now | is | whose | turn | of)* idiom (old | birthday | end)"),
    Idiom("schnapszahl", "schwabenalter", 40, 0.6),
)  # fmt: skip

LEXICON = Lexicon(
    language="de",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    letters="äß",
    gendered=Gendered(
        female=(
            "mädchen maedchen tochter enkelin nichte schwester ehefrau mama mutter "
            "mutti oma tante prinzessin königin patentochter freundin frau "
            "schwesterherz omi uroma"
        ),
        male=(
            "junge sohn enkel neffe bruder ehemann mann papa vater vati opa onkel "
            "prinz könig patensohn freund opi uropa"
        ),
        female_alone=(
            "geburtstagsmädchen geburtstagsmaedchen geburtstagsprinzessin "
            "geburtstagskönigin geburtstagsmädel"
        ),
        male_alone="geburtstagsjunge geburtstagsprinz geburtstagskönig",
        its="esistein eswirdein esistunser",
    ),
)
