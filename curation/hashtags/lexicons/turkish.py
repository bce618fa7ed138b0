"""Turkish: its words with their endings, and the forms that only Turkish has."""

from __future__ import annotations

from curation.hashtags.lexicon import MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted, joined

_UNITS = counted("bir iki üç dört beş altı yedi sekiz dokuz")
_TENS = counted("on yirmi otuz kırk elli altmış yetmiş seksen doksan yüz", 10, 10)

CARDINALS = (
    _UNITS
    | _TENS
    | joined(_TENS, _UNITS)
    | joined({"yüz": 100}, _TENS | joined({"on": 10}, _UNITS), limit=20)
)
_ENDING = {
    "bir": "inci", "iki": "nci", "üç": "üncü", "dört": "üncü", "beş": "inci", "altı": "ncı",
    "yedi": "nci", "sekiz": "inci", "dokuz": "uncu", "on": "uncu", "yirmi": "nci",
    "otuz": "uncu", "kırk": "ıncı", "elli": "nci", "altmış": "ıncı", "yetmiş": "inci",
    "seksen": "inci", "doksan": "ıncı", "yüz": "üncü",
}  # fmt: skip
_NTHS = {f"{word}{_ENDING[word]}": value for word, value in (_UNITS | _TENS).items()} | {
    "dördüncü": 4, "ilk": 1,
}  # fmt: skip
ORDINALS = (
    _NTHS | joined(_TENS, _NTHS) | joined({"yüz": 100}, _NTHS | joined({"on": 10}, _NTHS), limit=20)
)

_POSSESSED = (
    "oğlum oğlumuz kızım kızımız annem babam anneciğim babacığım dedem ninem anneannem babaannem "
    "eşim kocam karım abim ablam kardeşim yeğenim torunum teyzem amcam halam dayım kuzenim bebeğim "
    "bebeğimiz minik miniğim prensesim prensim paşam aşkım canım meleğim meleğimiz ikizlerim "
    "ikizlerimiz yavrum yavrumuz kuzum evladım arkadaşım sevgilim kankam nişanlım aslanım kızçem"
)

WORDS = {
    "age_unit": (
        "yaş yaşında yaşındayım yaşındayız yaşındaki yaşına yaşım yaşımda yaşıma yaşını yaşımı yaşımız "
        "yaşlık yaşımdan yaşımdayım yaşinda yaşınabastı yaşımakavuştum "
        "yaşınıkutluyor"
    ),
    "years": "yıl yıllık sene senelik yıldır",
    "months": "aylık ay ayık aylığım aylıklar ayında ayını ayına ayımız",
    "weeks": "haftalık",
    "days": "günlük gün",
    "old": "doldurduk olduğum bastık basıyor olmak bitti",
    "ordinal": ("inci ıncı uncu üncü nci ncı ncu ncü "),
    "birthday": (
        "doğumgünü doğumgünüm doğumgünün doğumgünümüz doğumgünükutlu doğumgünüpartisi doğumgününkutluolsun "
        "dogumgunukizi yaşgünü yaşgünüm birthday bday yaşgünümüz yaşgünün doğumgünümkutluolsun "
        "doğumgünüsüprizi doğumgünüpastası doğumgünlerikutlu yaşgünükutluolsun doğumgününe yaşpastası "
        "yaşpartisi yaşdoğumgünü yaşdoğumgünüm doğumgünükızı yaşgünüpartisi"
    ),
    "happy": "happy mutlu mutluyıllar iyikidoğdun iyikidoğdum iyikidoğduk kutluolsun nicemutlu hoşgeldin merhaba "
    "iyikivarsın nice",
    "turn": "nihayetgirdim ",
    "turned": (
        "oldum oldu olduk oluyorum oluyor oluyoruz girdim girdik girdi girdiğim doldurdum doldurdu "
        "bastım bastı bitirdi bitirdim bitirdik oldubile"
    ),
    "case": "a e ya ye ı i u yi yı ime ima üme uma ımı imi umu ümü unu ını ini ünü ına ine una üne yaşa",
    "am": "um ım im üm umdayım imdeyim ımdayım ümdeyim indeyim ıyım",
    "kin": _POSSESSED,
    "child": (
        "bebek kız erkek çocuk kızçocuğu erkekçocuk delikanlı adam kadın kızı oğlan prenses prens bebiş "
        "babyboy babygirl bebekler"
    ),
    "whose": "benim bizim onun bu senin",
    "my_years": "yeni",
    "praise": "güzel harika muhteşem özgür güçlü dolu",
    "party": "parti partisi kutlaması kutlama pastası party süpriz sürprizi",
    "today": "bugün",
    "now": "artık nihayet sonunda henüz tam şimdi resmen bugünitibariyle",
    "age": "yaşyeni ",
    "number_sign": "numara",
    "of": "ve de da için ile",
    "half": "buçuk bucuk",
    "veto_before": (
        "neredeyse yaklaşık ilk son her en rota otuzaltı sayfa sıra bölüm kat grup otobüs top"
    ),
    "veto_after": (
        "üstü ustu altı yaşüstü yaşaltı lar ler li lı lu lü yaşsendromu yaşkrizi yaşvegençliği km "
        "kilo dakika saat lira derece yüzyıl puan gol sayfa bölüm küsur küsür artı yaşvealtı yaşveüstü "
        "yaşüzeri üzeri yaşgrubu yaşındanbüyük yaşındansonra yaşından yaşındanönce doldurmamış doldurmayan"
    ),
    "veto_beside": ("ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık"),
    "range": "veya yada ",
    "veto": (
        f"{LANDS} {BODIES} "
        "yıldönümü yıldönümümüz evlilik evli evliyiz evlilikyıldönümü evliliğimiz düğün nikah "
        "birlikte beraber birlikteyiz aşk aşkla sevgiliyiz ilişki dostluk arkadaşlık önce evvel "
        "geçti sonra çalışma iş işyeri meslek mesleğimde hizmet deneyim tecrübe şirket "
        "firma kariyer öğretmenlik emekli emeklilik sigarasız sigarayıbırakalı alkolsüz temiz "
        "meydanokuma challenge hamile hamilelik gebelik haftalıkhamile gebe hamileyim doğuma "
        "ölüm ölümünün vefat vefatının rahmetle anma cennette anısına mezar anıyoruz özlem köpek köpeğim "
        "köpeği köpeğimiz kedi kedim kedimiz kedisi köpeğimin kedimin pati patili dostum yavrukedi "
        "yavruköpek atım tavşan kuş papağan golden ev bina cami kilise viski şarap şişe araba otomobil "
        "motosiklet vosvos marka mağaza dükkan okul lise mezun mezuniyet mezunlar klüp kulüp "
        "kulübü şehir köy ülke cumhuriyet cumhuriyeti bağımsızlık kurtuluş zafer atatürk "
        "kurtuluşu fethi savaş barış tarih tarihi kuruluş kuruluşunun kuruldu vakıf dernek müzik "
        "radyo sezon yüzyılı fark yaşfarkı diyet spor kredi garanti hapis ceza film şarkı albüm "
        "şampiyon lig takım futbol askerlik meslekte vegan yeniyıl yılbaşı gece ramazan "
        "annelik babalık ekonomi depremi deprem darbe gündeyadetti gündüz challengeı "
        "aşkına yaşfarki sanatyılı sahne sanatta dizi derneğimiz şirketimiz kulübümüz okulumuz gazetemiz kurumumuz markamız firmamız partimiz işletmemiz üniversitemiz belediyemiz takımımız"
    ),
}

_PERSON = "(kin | child | whose)"
RULES = (
    Rule("age-unit", "count half? age_unit (old | turned | end | happy | kin | child | birthday)",
         0.95),
    Rule("turned", "count (case | am)? (turned | old)", 0.85, low=2),
    Rule("now-number", "start (now | today) count (am | case)? (turned | end)", 0.75, low=13),
    Rule("ordinal-age", "(digits ordinal | nth) age_unit", 0.8),
    Rule("happy-age", "happy count age_unit?", 0.7, low=13),
    Rule("age-happy", "count (age_unit)? birthday", 0.9, low=2),
    Rule("age-before", "start (whose | my_years)* age_unit (is | of)* count end", 0.8),
    Rule("kin-number", "start kin (now | today) count (turned | end)", 0.75),
    Rule("months-old", "count half? months (kin | child | happy | old | turned | birthday | party | end)", 0.75, MONTH, high=36),
    Rule("weeks-child", "count weeks (kin | child)", 0.75, 7 / 365.25, high=52),
    Rule("years-old-child", "count half? years (kin | child) end", 0.6, high=12),
)  # fmt: skip

IDIOMS = (
    Idiom("half-year", "yarımyaş yarımyaşında ", 0.5, 0.75),
    Idiom("year-and-half", "birbuçukyaş birbuçukyaşında birbuçukyaşındayız", 1.5, 0.85),
    Idiom("first-birthday", "ilkyaş ilkyaşgünü ilkdoğumgünü ilkyaşı ilkyaşım biryaşında biryaş "
          "ilkyaşgünüm", 1, 0.85),
    Idiom("of-age", "reşitoldum reşitim artıkreşitim reşit", 18, 0.65,
          "start (now | today)* idiom (turned | end)"),
    Idiom("fifty", "yarımasır yarımasırlık yarımyüzyıl", 50, 0.65,
          "start (whose | now | today)* idiom (turned | old | birthday | end)"),
    Idiom("diş-buğdayı", "kırkımız kırkıçıktı kırklandı", 40 / 365.25, 0.5, "start kin? idiom end"),
)  # fmt: skip

LEXICON = Lexicon(
    language="tr",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    without=frozenset({"months", "years-old"}),
    letters="ışğ",
    gendered=Gendered(
        birthday="iyikidoğdun iyikidoğdu iyikidoğmuş",
        female=(
            "kız kızım kızımız kızımın annem annemin anneannem babaannem ablam "
            "prenses prensesim prensesimin halam teyzem karım kraliçe anneciğim "
            "kızçem"
        ),
        male=(
            "erkek oğlum oğlumuz oğlumun babam babamın dedem abim prens prensim "
            "prensimin amcam dayım kocam babacığım aslanım paşam"
        ),
        female_alone="doğumgünükızı dogumgunukizi doğumgünüprensesi doğumgünükraliçesi",
        male_alone="doğumgünüprensi",
        its="bebekkız bebekerkek",
    ),
)
