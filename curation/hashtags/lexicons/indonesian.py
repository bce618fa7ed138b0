"""Indonesian: its words, and the forms that only Indonesian has."""

from __future__ import annotations

from curation.hashtags.lexicon import MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.lexicons.names import BODIES, LANDS
from curation.hashtags.numbers import counted

_ONES = counted("satu dua tiga empat lima enam tujuh delapan sembilan")
_TEENS = {f"{word}belas": 10 + value for word, value in _ONES.items() if value > 1}
_TENS = {f"{word}puluh": 10 * value for word, value in _ONES.items() if value > 1}
_BELOW = (
    _ONES
    | {"sepuluh": 10, "sebelas": 11, "seabad": 100}
    | _TEENS
    | _TENS
    | {f"{ten}{one}": _TENS[ten] + _ONES[one] for ten in _TENS for one in _ONES}
)

CARDINALS = _BELOW | {"seratus": 100} | {
    f"seratus{word}": 100 + value for word, value in _BELOW.items() if value <= 20
}  # fmt: skip
ORDINALS = {f"ke{word}": value for word, value in CARDINALS.items() if value > 1} | {
    "pertama": 1, "kesatu": 1,
}  # fmt: skip

_KIN = (
    "anakku anak adik adikku kakak kakakku mama papa mamah papah ibu ayah bapak bunda nenek kakek oma opa "
    "suami suamiku istri istriku ponakan keponakan cucu cucuku sahabat sahabatku pacar pacarku "
    "putriku putraku putri putra si kembar mamaku papaku bundaku ibuku ayahku kesayangan"
)
_CHILD = (
    "bayi bayiku baby balita bocah gadis cowok cewek princess anakcewek anakcowok bayilucu dedek "
    "debay anaklakilaki anakperempuan jagoan kecilku batita"
)

WORDS = {
    "years": "tahun thn taun tahunan tahunku",
    "months": "bulan bln bulanku",
    "weeks": "minggu pekan",
    "days": "hari",
    "old": "sudahusianya",
    "life": "hidup usiakehidupan hidupku didunia diberinapas bernapas",
    "ordinal": "ke yangke ",
    "birthday": (
        "ulangtahun ultah ulangtahunku ultahku ultahnya ulangtahunnya selamatulangtahun birthday "
        "bday milad miladku hbd harilahir ulangtaun hariulangtahun birthdayku "
        "pestaulangtahun ultahanak ulangtahunanak harikelahiran ultahkita"
    ),
    "monthday": "ulangbulan",
    "happy": "happy selamat barakallah barakallahfiiumrik met hepi tasyakuran syukuran",
    "turn": "genap menginjak memasuki beranjak resmi genapberusia "
    "menginjakusia memasukiusia masuk usiake umurke sudahgenap akhirnyagenap",
    "is": "aku saya berumur berusia usia umur umurku usiaku umurnya usianya diusia diumur usiamu "
    "umurmu sudahberusia diusiake diumurke berumurmu",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "ku_",
    "at": "pada",
    "praise": "cantik ganteng bahagia keren sehat berkah indah luarbiasa ",
    "party": "pesta perayaan party tumpengan kejutan",
    "today": "hariini sekarang",
    "now": "akhirnya sudah udah baru telah tepat yang yg pas sdh",
    "number_sign": "nomor",
    "of": "di dan untuk nya",
    "half": "setengah",
    "sweetly": "sweet",
    "veto_before": (
        "hampir lebihdari kurangdari diatas dibawah diatasusia sebelum setelah sejak selama hingga "
        "sampai menujuusia bab grup rute jalan no kelas umurdiatas khusususia diatasumur dibawahumur "
        "jelang menuju menjelang top"
    ),
    "veto_after": (
        "plus keatas kebawah an km kilo kg menit jam persen rupiah ribu juta derajat abad poin gol "
        "lebih lebihan tahunkeatas tahunkebawah"
    ),
    "veto_beside": (
        "januari februari maret april mei juni juli agustus september oktober november desember "
        "jan feb mar apr jun jul agu sep okt nov des"
    ),
    "range": "atau sd",
    "veto": (
        f"{LANDS} {BODIES} "
        "anniversary anniv pernikahan nikah menikah hariperkawinan perkawinan bersama berdua "
        "pacaran jadian cinta bercinta persahabatan sahabatan tunangan hubungan rumahtangga lalu "
        "yanglalu silam lalunya kemudian kerja bekerja berkarya berkarir mengabdi pengabdian karir "
        "pengalaman perusahaan kantor usahaku bisnis dagang berdagang toko mengajar guru dinas "
        "bebasrokok berhentimerokok tanparokok tanpanarkoba tantangan challenge hamil kehamilan "
        "bumil mengandung usiakehamilan wafat meninggal kepergian almarhum almarhumah mengenang haul "
        "alm disurga tanpamu berpulang duka kucing kucingku kucingnya meong anjing anjingku guguk "
        "anjingnya hewan peliharaan kelinci burung kuda hamster rumah gedung masjid gereja wiski "
        "anggur botol mobil motor vespa merek brand sekolah sma smp kampus alumni reuni "
        "angkatan lulus wisuda klub persib persija kota kabupaten provinsi negara kemerdekaan "
        "merdeka ri hutri dirgahayu proklamasi reformasi revolusi perang sejarah berdiri didirikan "
        "organisasi partai yayasan komunitas radio tv antv musim selisih beda bedausia bedaumur "
        "diet kredit cicilan kpr garansi penjara film lagu album band juara liga piala sepakbola "
        "pensiun purnatugas jadiibu jadiayah menjadiibu menjadiayah puasa ramadhan ramadan "
        "tahunbaru malam koma gempa tsunami hijrah konten membangun mimpi kuliah covid polri tni "
        "tniad pramuka kinerja merantau bulanan tujuhbulanan nujuhbulan bulananku"
    ),
}

RULES = (
    Rule("age", "is (now | today | of)* count half? (years | today | kin | end)", 0.85),
    Rule("turning", "turn (now | of | is)* (ordinal? count | nth) half? (years | today | end)",
         0.85, low=2),
    Rule("turning-months", "(turn | is) (now | of)* count half? months", 0.9, MONTH, high=36),
    Rule("ordinal-birthday", "birthday (kin | child | of | whose | now)* (ordinal count | nth)", 0.95),
    Rule("birthday-number", "birthday (kin | child | of | now)* count (years | end)", 0.8, low=2),
    Rule("years-birthday", "count years of* birthday", 0.8),
    Rule("years-kin", "start count years (of | now)* kin end", 0.75),
    Rule("years-of-age", "count half? years is", 0.8),
    Rule("sweet", "sweetly count (birthday | party | end)", 0.8, low=15, high=17),
    Rule("has-ordinal", "(is | turn | years) (now)* (ordinal count | nth) end", 0.7, low=2),
)  # fmt: skip

IDIOMS = (
    Idiom("one-year", "setahun", 1, 0.75,
          "start (kin | child | is | turn | happy | birthday | now)+ idiom (old | kin | now | end)"),
    Idiom("half-year", "setengahtahun", 0.5, 0.75, "(kin | child | is | turn) now* idiom"),
    Idiom("year-and-half", "satusetengahtahun satutahunsetengah setahunsetengah", 1.5, 0.75),
    Idiom("month", "sebulan", 1 / 12, 0.7,
          "start (kin | child | is | turn | happy) now* idiom (old | kin | end)"),
    Idiom("sweet-seventeen", "sweetseventeen swetseventeen", 17, 0.85),
    Idiom("fifty", "setengahabad", 50, 0.65, "start (is | turn | now)* idiom (old | end)"),
)  # fmt: skip

LEXICON = Lexicon(
    language="id",
    script="latin",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    gendered=Gendered(
        female=(
            "putri putriku anakperempuan anakcewek istri istriku mama mamaku mamah "
            "ibu ibuku bunda bundaku nenek nenekku oma gadis cewek princess "
            "cucuperempuan ponakancewek"
        ),
        male=(
            "putra putraku anaklakilaki anakcowok suami suamiku papa papaku papah "
            "bapak bapakku ayah ayahku kakek kakekku opa cowok jagoan jagoanku "
            "pangeran"
        ),
        its="bayi dedekbayi bayinya",
    ),
)
